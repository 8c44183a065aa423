import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CancelledFailure, Context } from '@temporalio/activity';
import { failure } from '../failure.ts';

export interface Command {
  /** Program and arguments. A program with a slash in it is looked for from `cwd`. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Told of each line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Told of all that it says, as it comes, on standard output and standard error. */
  readonly onOutput?: (text: string) => void;
}

const watchdog = fileURLToPath(new URL('../../adapters/command/watchdog.mjs', import.meta.url));
const LAST_LINES = 20;
const LAST_CHARACTERS = 4_000;
const LONGEST_LINE = 1_000_000;
const LAST_SIGNAL = 64;

/**
 * Runs a team's command to its end. Its process group ends when the activity is cancelled, and when this process is lost.
 * Throws `TrainingFailed` with the command's last lines when it ends with an error, `TrainingLost` when something else
 * ended it, and `CancelledFailure`.
 */
export async function runCommand({ argv, cwd, onLine, onOutput = () => undefined }: Command): Promise<void> {
  const { cancellationSignal: signal, cancelled } = Context.current();
  signal.throwIfAborted();
  const child = spawn(process.execPath, [watchdog, ...argv], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = (): void => void child.stdin.end();
  // The watchdog may be gone already when its input is closed.
  child.stdin.on('error', () => undefined);
  signal.addEventListener('abort', stop);
  const last = new LastText();
  child.stderr.setEncoding('utf8').on('data', (text: string) => last.add(text));
  child.stdout.setEncoding('utf8').on('data', lines(onLine ?? (() => undefined), last));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', onOutput);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 128));
    });
    if (signal.aborted) await cancelled;
    if (code !== 0) throw problem(argv, cwd, code, last.text());
  } catch (error) {
    if (error instanceof CancelledFailure || isTyped(error)) throw error;
    throw failure('TrainingFailed', `${shown(argv)} cannot be run in ${cwd}: ${String(error)}`, error);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function problem(argv: readonly string[], cwd: string, code: number, last: string): Error {
  const said = last === '' ? 'it said nothing' : `its last lines:\n${last}`;
  // 128 and more is how a shell tells of a signal: nobody asked it to end, so it was lost, to a kill or to lack of memory.
  if (code >= 128 && code <= 128 + LAST_SIGNAL) {
    return failure('TrainingLost', `${shown(argv)} was ended by signal ${code - 128}; ${said}`);
  }
  return failure('TrainingFailed', `${shown(argv)} in ${cwd} ended with exit code ${code}; ${said}`);
}

function shown(argv: readonly string[]): string {
  return argv.slice(0, 3).join(' ');
}

function isTyped(error: unknown): boolean {
  return error instanceof Error && error.name === 'ApplicationFailure';
}

/** Hands over whole lines; one without an end in sight is dropped, so that memory stays flat. */
function lines(onLine: (line: string) => void, last: LastText): (chunk: string) => void {
  let pending = '';
  return (chunk) => {
    const parts = (pending + chunk).split('\n');
    pending = parts.pop() ?? '';
    if (pending.length > LONGEST_LINE) pending = '';
    for (const line of parts) onLine(line);
    last.quietly(chunk);
  };
}

/** The end of what a command said: of standard error, or of standard output where there is nothing else. */
class LastText {
  #errors = '';
  #output = '';

  add(text: string): void {
    this.#errors = (this.#errors + text).slice(-LAST_CHARACTERS);
  }

  quietly(text: string): void {
    this.#output = (this.#output + text).slice(-LAST_CHARACTERS);
  }

  text(): string {
    const text = this.#errors.trim() === '' ? this.#output : this.#errors;
    return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n').trim();
  }
}
