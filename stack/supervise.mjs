// node supervise.mjs COMMAND [args]: holds a program that we did not write and ends it when our parent is gone, even by
// kill -9. Tells the parent the real process id over the channel.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const GRACE_MS = 5_000;
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

const tell = (message) => {
  if (process.connected) process.send(message, () => {}); // a parent that is just gone need not hear it
};

function end() {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
}

child.once('spawn', () => tell({ pid: child.pid }));
child.once('error', (error) => {
  process.stderr.write(`cannot run ${command}: ${error.message}\n`, () => process.exit(127));
});
child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
process.once('disconnect', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
