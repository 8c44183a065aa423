import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files of one certificate and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of the test's own, as an operator makes one. */
export interface Authority extends Certificate {
  /** Signs a certificate for 127.0.0.1. */
  issue(name: string): Certificate;
}

/** Makes keys and certificates with `openssl` at test time, so that none lies in the repository or runs out. */
export function createAuthority(folder: string, name: string): Authority {
  const path = (file: string): string => join(folder, `${file}.pem`);
  const own = { cert: path(name), key: path(`${name}-key`) };
  openssl(
    `req -x509 -newkey rsa:2048 -noenc -days 2 -subj /CN=${name} -keyout ${own.key} -out ${own.cert} -addext basicConstraints=critical,CA:TRUE`,
  );
  return {
    ...own,
    issue: (subject) => {
      const issued = { cert: path(subject), key: path(`${subject}-key`) };
      const request = path(`${subject}-request`);
      const extensions = path(`${subject}-extensions`);
      writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
      openssl(`req -new -newkey rsa:2048 -noenc -subj /CN=${subject} -keyout ${issued.key} -out ${request}`);
      openssl(
        `x509 -req -in ${request} -CA ${own.cert} -CAkey ${own.key} -CAcreateserial -days 2 -extfile ${extensions} -out ${issued.cert}`,
      );
      return issued;
    },
  };
}

function openssl(words: string): void {
  try {
    execFileSync('openssl', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: Buffer };
    if (code === 'ENOENT')
      throw new Error('this test makes certificates with openssl; install openssl', { cause: error });
    throw new Error(`openssl ${words}: ${String(stderr)}`, { cause: error });
  }
}

/** PEM text as one value of a properties file. */
export function pemValue(...files: string[]): string {
  return files.map((file) => readFileSync(file, 'utf8').trim().replaceAll('\n', ' \\n')).join(' \\n');
}
