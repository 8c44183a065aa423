// node watchdog.mjs COMMAND [args]: holds a command that we did not write, in a process group of its own, and ends the whole
// group when our standard input closes: on purpose when the work is cancelled, and by itself when the worker is gone,
// even by kill -9. Plain JavaScript, so that it starts in a tenth of a second.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const GRACE_MS = 5_000;
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

function signalGroup(signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it ended a moment ago
  }
}

function end() {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS).unref();
}

child.once('error', (error) => {
  process.stderr.write(`cannot run ${command}: ${error.message}\n`, () => process.exit(127));
});
child.once('exit', (code, signal) => {
  signalGroup('SIGKILL'); // what it left running
  process.exit(code ?? 128 + constants.signals[signal]);
});
process.stdin.on('error', end);
process.stdin.once('close', end);
process.stdin.resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
