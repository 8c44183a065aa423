import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestName } from '../nearest-name.ts';
import type { Problem } from '../problem.ts';

/** The playbook itself; its folder holds what it refers to. */
export const PLAYBOOK_FILE = 'playbook.yaml';

const shippedFolder = fileURLToPath(new URL('../../playbooks', import.meta.url));

/** Names of the playbooks that come with Seatrial. */
export async function shippedPlaybooks(): Promise<string[]> {
  const entries = await readdir(shippedFolder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/**
 * The folder of a playbook, with links followed: of a name, the shipped one; of a path, relative to `from`. A path begins with `./`,
 * `../` or `/`. Answers with a problem when there is none.
 */
export async function findPlaybook(named: string, from: string): Promise<string | Problem> {
  const isPath = /^(\.{1,2}$|\.{1,2}\/|\/)/.test(named);
  if (isPath) {
    const folder = resolve(from, named.endsWith(`/${PLAYBOOK_FILE}`) ? join(named, '..') : named);
    if (await isFile(join(folder, PLAYBOOK_FILE))) return realpath(folder);
    return missing(`there is no file ${join(folder, PLAYBOOK_FILE)}`, 'give the folder of a playbook');
  }
  const names = await shippedPlaybooks();
  if (names.includes(named)) return realpath(join(shippedFolder, named));
  const mend = `use one of ${names.join(', ')}, or a path that begins with ./`;
  return { ...missing(`no playbook is called ${named}`, mend), didYouMean: nearestName(named, names) };
}

function missing(what: string, mend: string): Problem {
  return { severity: 'error', path: ['spec', 'playbook'], what, mend };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
