// `.cache/parts.json`: where each part was found or put. The stack reads it, and the second run believes it.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { cache, root } from './places.mjs';

const file = join(cache, 'parts.json');

export function readRecord() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return {}; // none yet, or half: found again below
    throw error;
  }
}

export function writeRecord(name, entry) {
  const temporary = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, `${JSON.stringify({ ...readRecord(), [name]: entry }, null, 2)}\n`);
  renameSync(temporary, file);
}

/** A program as the record keeps it. Paths inside the repository are relative, so that a moved checkout still works. */
export function programEntry(path, version, source) {
  const inside = relative(root, path);
  const portable = inside.startsWith('..') || isAbsolute(inside) ? path : inside;
  return { path: portable, version, source, modified: statSync(path).mtimeMs };
}

/** The program's full path when it is still the file that was recorded, in the version that is wanted. */
export function knownProgram(entry, version) {
  if (entry === undefined || (version !== undefined && entry.version !== version)) return undefined;
  const path = resolve(root, entry.path);
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs === entry.modified ? path : undefined;
}
