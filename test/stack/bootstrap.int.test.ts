// Proves what a newcomer meets: all that is missing is named at once with the ways to get it, nothing is installed that the
// environment replaces, arguments, exit codes and signals go through, no script outlives the bootstrap, and a run with nothing
// to install starts no tool.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAlive, temporaryFolder, until } from './support.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Checkout {
  readonly folder: string;
  readonly run: (args: readonly string[], env?: NodeJS.ProcessEnv) => Run;
}

interface Run {
  readonly pid: number;
  /** What it has printed so far. */
  readonly out: () => string;
  readonly err: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** A checkout with the bootstrap in it and an empty cache; PATH holds a folder with node and nothing else. */
async function freshCheckout({ withPackages = false } = {}): Promise<Checkout> {
  const folder = await temporaryFolder();
  for (const entry of ['stack', 'package.json', 'package-lock.json', 'examples/flight-delays/python']) {
    await mkdir(dirname(join(folder, entry)), { recursive: true });
    await cp(join(root, entry), join(folder, entry), { recursive: true });
  }
  if (withPackages) await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'bin'));
  await symlink(process.execPath, join(folder, 'bin/node'));
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Run => {
    const child = spawn(process.execPath, [join(folder, 'stack/bootstrap/main.mjs'), ...args], {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), HOME: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    return {
      pid: child.pid ?? 0,
      out: () => out,
      err: () => err,
      kill: (signal) => void child.kill(signal),
      ended,
    };
  };
  return { folder, run };
}

/** A checkout whose `seatrial` command is a script that does as its arguments say. */
async function checkoutWithScript(): Promise<Checkout> {
  const checkout = await freshCheckout({ withPackages: true });
  await mkdir(join(checkout.folder, 'client'));
  await cp(join(root, 'test/stack/fixtures/script.ts'), join(checkout.folder, 'client/cli.ts'));
  return checkout;
}

describe('the bootstrap on a machine that has only Node', () => {
  it('names npm, Python and Maven in one block, with the ways to get each, and exits with 69', async () => {
    const { run } = await freshCheckout();
    const demo = run(['demo']);
    expect(await demo.ended).toEqual({ code: 69, signal: null });
    expect(demo.err().match(/cannot go on/g)).toHaveLength(1);
    const missing = [...demo.err().matchAll(/^ {2}missing: +(.*)$/gm)].map(([, what]) => what);
    expect(missing).toEqual([
      'npm',
      expect.stringMatching(/^Python 3\.10 or newer/),
      expect.stringMatching(/^Maven/),
      expect.stringMatching(/^Python 3\.10 to 3\.12/),
    ]);
    expect(demo.err().match(/^ {2}get it by: +\S/gm)).toHaveLength(4);
    expect(demo.err()).toMatch(/docker compose up[^\n]*KAFKA_BROKERS/);
    expect(demo.out()).toBe('');
  });

  it('does not ask for what TEMPORAL_ADDRESS and KAFKA_BROKERS replace, but tests need the embedded parts still', async () => {
    const { run } = await freshCheckout({ withPackages: true });
    const real = { TEMPORAL_ADDRESS: '127.0.0.1:7233', KAFKA_BROKERS: '127.0.0.1:9092' };
    const demo = run(['demo'], real);
    expect((await demo.ended).code).toBe(69);
    expect(demo.err()).toMatch(/missing: +Python/);
    expect(demo.err()).not.toMatch(/missing: +Maven/);
    const tests = run(['test'], real);
    expect((await tests.ended).code).toBe(69);
    expect(tests.err()).toMatch(/missing: +Maven/);
  });

  it('does not take a Python or a Java that is too old, and says what it found', async () => {
    const { folder, run } = await freshCheckout({ withPackages: true });
    await writeFile(
      join(folder, 'bin/python3'),
      '#!/bin/sh\necho \'[[3,8],"/usr/bin/python3.8",true,true]\'\n',
      {
        mode: 0o755,
      },
    );
    await writeFile(join(folder, 'bin/java'), '#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n', {
      mode: 0o755,
    });
    const up = run(['up'], { PATH: `${join(folder, 'bin')}` });
    expect((await up.ended).code).toBe(69);
    expect(up.err()).toMatch(/missing: +Python 3\.10 or newer, with venv \(found: \S+python3 is 3\.8\)/);
  });

  it('takes a Python that is too new for the example for everything else', async () => {
    const { folder, run } = await freshCheckout({ withPackages: true });
    await writeFile(
      join(folder, 'bin/python3'),
      '#!/bin/sh\necho \'[[3,14],"/usr/bin/python3.14",true,true]\'\n',
      {
        mode: 0o755,
      },
    );
    const demo = run(['demo'], { KAFKA_BROKERS: '127.0.0.1:9092' });
    expect((await demo.ended).code).toBe(69);
    const missing = [...demo.err().matchAll(/^ {2}missing: +(.*)$/gm)].map(([, what]) => what);
    expect(missing).toEqual([
      expect.stringMatching(/^Python 3\.10 to 3\.12, with venv \(found: \S+python3 is 3\.14\)/),
    ]);
  });

  it('says what went wrong, and leaves no half of an install, when a tool fails', async () => {
    const { folder, run } = await freshCheckout({ withPackages: true });
    await writeFile(join(folder, 'bin/mvn'), '#!/bin/sh\necho "no route to anywhere"\nexit 1\n', {
      mode: 0o755,
    });
    await writeFile(join(folder, 'bin/java'), '#!/bin/sh\necho \'openjdk version "21"\' >&2\n', {
      mode: 0o755,
    });
    const up = run(['up'], { TEMPORAL_ADDRESS: '127.0.0.1:7233' });
    expect((await up.ended).code).toBe(69);
    expect(up.err()).toMatch(/missing: +Kafka: \S+mvn ended with code 1[^]*no route to anywhere/);
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(join(folder, '.cache/kafka'))).toEqual([]);
  });

  it('names its commands when it is given another', async () => {
    const { run } = await freshCheckout();
    const wrong = run(['dmeo']);
    expect((await wrong.ended).code).toBe(64);
    expect(wrong.err()).toMatch(/unknown command "dmeo"\. Commands: demo, up, test/);
  });
});

describe('the script that the bootstrap runs', () => {
  it('gets the arguments, and its exit code comes back', async () => {
    const { run } = await checkoutWithScript();
    const command = run(['seatrial', 'exit', '3', '--json', 'a file']);
    expect(await command.ended).toEqual({ code: 3, signal: null });
    expect(JSON.parse(command.out())).toMatchObject({ args: ['exit', '3', '--json', 'a file'] });
    expect(command.err()).toBe('');
  });

  it('gets SIGTERM, and what it ends with comes back', async () => {
    const { run } = await checkoutWithScript();
    const command = run(['seatrial', 'stay']);
    await until(() => command.out().includes('\n'));
    command.kill('SIGTERM');
    expect(await command.ended).toEqual({ code: 7, signal: null });
  });

  it('does not outlive a bootstrap that is killed with SIGKILL', async () => {
    const { run } = await checkoutWithScript();
    const command = run(['seatrial', 'stay']);
    await until(() => command.out().includes('\n'));
    const { pid } = JSON.parse(command.out()) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    command.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});

it('starts no tool when everything is in place: PATH may be empty then', async () => {
  const { run } = await checkoutWithScript();
  const first = run(['seatrial', 'exit', '0']);
  expect((await first.ended).code).toBe(0);
  const second = run(['seatrial', 'exit', '0'], { PATH: '', SEATRIAL_TIMING: '1' });
  expect((await second.ended).code).toBe(0);
  console.log(second.err().trim());
});
