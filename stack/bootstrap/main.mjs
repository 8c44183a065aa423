// node stack/bootstrap/main.mjs COMMAND [args]: installs what the command needs, then runs it. Only Node's own modules:
// this runs before any package is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { commands } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { EXIT_MISSING, missingBlock } from './missing.mjs';
import { root } from './places.mjs';
import { stopTools } from './run.mjs';
import { say } from './say.mjs';

const EXIT_USAGE = 64;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const exitCodeOf = (signal) => 128 + constants.signals[signal];

function runScript(script, args) {
  const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const follow = pathToFileURL(join(root, 'stack/follow-parent.mjs')).href;
  const child = spawn(process.execPath, ['--import', tsx, '--import', follow, join(root, script), ...args], {
    // The channel tells the script when this process is gone, however it went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, SEATRIAL_FOLLOW_PARENT: '1' },
  });
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the script as well; passing it on would make it two.
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal);
    });
  }
  child.once('error', (error) => {
    say(`cannot run ${script}: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? exitCodeOf(signal);
  });
}

async function main([command = '', ...args]) {
  if (!Object.hasOwn(commands, command)) {
    say(`unknown command "${command}". Commands: ${Object.keys(commands).join(', ')}`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const quit = (signal) => {
    stopTools();
    process.exit(exitCodeOf(signal)); // the lock is released on exit, and half an install is not taken for whole
  };
  for (const signal of SIGNALS) process.once(signal, quit);
  const missing = await ensure(commands[command]);
  for (const signal of SIGNALS) process.off(signal, quit);
  if (missing.length > 0) {
    process.stderr.write(`${missingBlock(command, missing)}\n`);
    process.exitCode = EXIT_MISSING;
    return;
  }
  if (process.env.SEATRIAL_TIMING) say(`bootstrap took ${Math.round(performance.now())} ms`);
  const { script } = commands[command];
  if (script === undefined) {
    say('everything is in place');
  } else if (!existsSync(join(root, script))) {
    say(`"${command}" runs ${script}, which is not there yet`);
    process.exitCode = EXIT_MISSING;
  } else {
    runScript(script, args);
  }
}

await main(process.argv.slice(2));
