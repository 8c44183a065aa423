import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STOP_GRACE_MS = 10_000;
const POLL_MS = 50;
const LOG_LINES = 20;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that stdout and stderr are appended to. */
  readonly log: string;
  /** Asked again and again until it resolves to true; a rejection means "not yet". Absent: ready once started. */
  readonly ready?: () => Promise<boolean>;
  /** 60 seconds when absent. */
  readonly readyTimeoutMs?: number;
  /** How long `stop` waits before it uses force; 10 seconds when absent. */
  readonly stopGraceMs?: number;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL after the grace. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** Sends a signal to the process itself, not to what supervises it. Nothing happens when it is gone. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program that we did not write. It dies with this process, whatever way this process ends. */
export function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const supervisor = fileURLToPath(new URL('./supervise.mjs', import.meta.url));
  return launch(options, [supervisor, options.command, ...(options.args ?? [])], reportedPid);
}

export type ScriptOptions = Omit<ProcessOptions, 'command'> & { readonly file: string };

/** Starts one of our own TypeScript files in a process of its own; it dies with this process as well. */
export function startScript(options: ScriptOptions): Promise<RunningProcess> {
  const follow = new URL('./follow-parent.mjs', import.meta.url).href;
  const argv = [
    '--import',
    import.meta.resolve('tsx'),
    '--import',
    follow,
    options.file,
    ...(options.args ?? []),
  ];
  return launch(options, argv, ownPid);
}

async function launch(
  options: Omit<ProcessOptions, 'command'>,
  argv: readonly string[],
  pidOf: (child: ChildProcess) => Promise<number>,
): Promise<RunningProcess> {
  mkdirSync(dirname(options.log), { recursive: true });
  const logStart = statSync(options.log, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(options.log, 'a');
  const child = spawn(process.execPath, argv, {
    // A process group of its own: Ctrl-C in a terminal reaches only us, and we end our children in order.
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...options.env, SEATRIAL_FOLLOW_PARENT: '1' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
  const early = exited.then((exit): never => {
    throw new Error(
      `${options.name} ended before it was ready (${describeExit(exit)})${tailOf(options.log, logStart)}`,
    );
  });
  early.catch(() => undefined); // only the races below are interested
  const pid = await Promise.race([pidOf(child), early]);
  const running = runningProcess(options.name, pid, exited, options.stopGraceMs ?? STOP_GRACE_MS);
  if (options.ready !== undefined) {
    try {
      await Promise.race([waitUntilReady(options, options.ready, logStart, exited), early]);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }
  return running;
}

function runningProcess(name: string, pid: number, exited: Promise<Exit>, graceMs: number): RunningProcess {
  let gone = false;
  void exited.then(() => (gone = true));
  const kill = (signal: NodeJS.Signals): void => {
    if (gone) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended a moment ago
    }
  };
  const stop = async (): Promise<void> => {
    kill('SIGTERM');
    const force = setTimeout(() => kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(force);
  };
  return { name, pid, exited, stop, kill };
}

/** The supervisor tells the process id of what it holds. */
function reportedPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'pid' in message) resolve(Number(message.pid));
    });
  });
}

function ownPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (child.pid !== undefined) resolve(child.pid);
  });
}

async function waitUntilReady(
  options: Omit<ProcessOptions, 'command'>,
  ready: () => Promise<boolean>,
  logStart: number,
  exited: Promise<Exit>,
): Promise<void> {
  const timeoutMs = options.readyTimeoutMs ?? 60_000;
  const deadline = Date.now() + timeoutMs;
  let over = false;
  void exited.then(() => (over = true));
  let lastProblem = 'no answer yet';
  while (!over) {
    try {
      if (await ready()) return;
    } catch (error) {
      lastProblem = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) {
      const tail = tailOf(options.log, logStart);
      throw new Error(`${options.name} was not ready after ${timeoutMs / 1000} s (${lastProblem})${tail}`);
    }
    await sleep(POLL_MS);
  }
}

function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** The last lines that this start wrote, as the end of an error message. */
function tailOf(log: string, start: number): string {
  const lines = readFileSync(log).subarray(start).toString('utf8').trimEnd().split('\n').slice(-LOG_LINES);
  return `; the end of ${log}:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}
