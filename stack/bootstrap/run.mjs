// Runs the tools that install things. Their output goes to a log; its end is in the error when they fail.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cache, root } from './places.mjs';

const running = new Set();

/** Ends every tool that still runs; the bootstrap calls it when it is told to stop. */
export function stopTools() {
  for (const child of running) child.kill('SIGTERM');
}

/** Every executable file of that name on PATH, first one first. */
export function findOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .filter((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false; // not there or not executable: the next folder may have it
      }
    });
}

/** What a quick command prints, or undefined when it cannot run. */
export function ask(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return result.status === 0 ? `${result.stdout}${result.stderr}` : undefined;
}

/** Runs a tool to its end. Rejects with the last lines of its log when it fails. */
export async function runTool(logName, command, args, env = {}) {
  const log = join(cache, 'logs', `${logName}.log`);
  mkdirSync(join(cache, 'logs'), { recursive: true });
  const output = createWriteStream(log);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`),
    );
  });
  running.delete(child);
  await new Promise((resolve) => output.end(resolve));
  if (problem === undefined) return;
  const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12);
  throw new Error(
    [`${command} ${problem}; the end of ${log}:`, ...tail.map((line) => `    ${line}`)].join('\n'),
  );
}
