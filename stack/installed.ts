import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const cache = process.env['SEATRIAL_CACHE'] ?? join(root, '.cache');

/** Where the bootstrap's things are: `stack/bootstrap` installs, this only looks. */
export const cacheDir = cache;

interface ProgramEntry {
  readonly path: string;
  readonly version: string;
  /** Where it came from: `PATH`, `this machine`, or the wheel's name. */
  readonly source: string;
}

type ProgramName =
  | 'temporal'
  | 'testServer'
  | 'java'
  | 'examplePython'
  | 'stagePython'
  | 'anyPython'
  | 'mlflowPython'
  | 'chromium'
  | 'kcat';

const missing = (what: string): Error =>
  new Error(`${what} is not installed yet; run: node stack/bootstrap/main.mjs install`);

/** A program that the bootstrap found or installed. Throws, saying how to get it, when it did not yet. */
export function installedProgram(name: ProgramName): ProgramEntry {
  const file = join(cache, 'parts.json');
  if (!existsSync(file)) throw missing(name);
  const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<ProgramName, ProgramEntry>>;
  const entry = record[name];
  if (entry === undefined) throw missing(name);
  const path = resolve(root, entry.path);
  if (!existsSync(path)) throw missing(`${name} (${path})`);
  return { ...entry, path };
}

/** The same for a program that a machine may do without: undefined where it is not. */
export function programIfInstalled(name: ProgramName): ProgramEntry | undefined {
  try {
    return installedProgram(name);
  } catch {
    return undefined;
  }
}

/** Folder of Kafka's jars. */
export function kafkaLibs(): string {
  const libs = join(cache, 'kafka/libs');
  if (!existsSync(libs)) throw missing('Kafka');
  return libs;
}
