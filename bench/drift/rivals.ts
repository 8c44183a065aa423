import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const venv = `${root}.cache/bench-drift`;
const python = `${venv}/bin/python`;

async function command(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${errors.slice(-2000)}`);
  }
}

/** Makes the virtual environment of the rivals where it is missing. */
export async function installRivals(): Promise<void> {
  const ready = `${venv}/installed`;
  if (existsSync(ready)) return;
  await command('python3', ['-m', 'venv', venv]);
  const lock = fileURLToPath(new URL('./requirements.lock', import.meta.url));
  // The lock is whole. Older pips take `pandas[parquet]`, which Evidently asks for, for another package than the one locked.
  await command(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', lock]);
  await command(python, ['-c', `open(${JSON.stringify(ready)}, 'w').close()`]);
}

export interface Timed<T> {
  /** Seconds by the wall clock, and of the processor. */
  readonly wall: number;
  readonly cpu: number;
  readonly answer: T;
}

/** A warm Python process that times one task after the other. */
export class Rivals {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  versions: Record<string, string> = {};

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(directory: string, rows: number, columns: number): Promise<Rivals> {
    const script = fileURLToPath(new URL('./rivals.py', import.meta.url));
    const child = spawn(python, [script, directory, String(rows), String(columns)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, DO_NOT_TRACK: '1' },
    });
    const rivals = new Rivals(child);
    rivals.versions = (await rivals.#answer()) as Record<string, string>;
    return rivals;
  }

  async #answer(): Promise<unknown> {
    const line = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (line.done === true) throw new Error('The Python side ended early; its message stands above.');
    return JSON.parse(line.value) as unknown;
  }

  async time<T>(task: string): Promise<Timed<T>> {
    this.#child.stdin.write(`${task}\n`);
    return (await this.#answer()) as Timed<T>;
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}
