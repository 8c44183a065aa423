import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const watchdog = fileURLToPath(new URL('../../adapters/command/watchdog.mjs', import.meta.url));
const LAST_CHARACTERS = 2_000;

/**
 * Runs the training to its end, its words in the file `log`; undefined when it succeeded, and else what was the matter. It ends with this
 * process, however that ends.
 */
export async function train(
  argv: readonly string[],
  {
    cwd,
    log,
    seconds,
    signal,
  }: { cwd: string; log: string; seconds: number; signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  const child = spawn(process.execPath, [watchdog, ...argv], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // the watchdog may be gone already
  const file = createWriteStream(log);
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      file.write(text);
      last = (last + text).slice(-LAST_CHARACTERS);
    });
  }
  const limit = AbortSignal.timeout(seconds * 1000);
  const ending = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const stop = (): void => void child.stdin.end();
  ending.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number>((done, failed) => {
      child.once('error', failed);
      child.once('close', (status) => done(status ?? 128));
    });
    signal?.throwIfAborted();
    if (limit.aborted) return `it took longer than ${seconds} s, which the plan allows`;
    return code === 0 ? undefined : `it ended with exit code ${code}; its last lines:\n${last.trim()}`;
  } finally {
    ending.removeEventListener('abort', stop);
    stop();
    await new Promise((done) => file.end(done));
  }
}
