// Installs that are whole or not there: made aside, stamped, then renamed into place.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const STAMP = '.stamp';

export function sha256(...contents) {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}

/** Digest of files, in the order given. */
export function sha256OfFiles(...files) {
  return sha256(...files.map((file) => readFileSync(file)));
}

/** True when the folder was installed whole from what the stamp names. */
export function hasStamp(folder, stamp) {
  const file = join(folder, STAMP);
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

export function writeStamp(folder, stamp) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, STAMP), stamp);
}

export function removeStamp(folder) {
  rmSync(join(folder, STAMP), { force: true });
}

/** `fill(temporary)` puts everything in a temporary folder beside the target; only a full one takes the target's name. */
export async function installFolder(target, stamp, fill) {
  const temporary = `${target}.partial`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  mkdirSync(temporary);
  try {
    await fill(temporary);
    writeStamp(temporary, stamp);
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
