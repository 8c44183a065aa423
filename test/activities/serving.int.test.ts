/**
 * Proves that a trial's serving process stands alone and leaves nothing: several at a time each have their own port, `stop` waits until
 * one is gone, the worker's own settings do not reach it, and it ends when the worker is killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { isAlive, makeWorld, type World } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await world.remove();
});

it('starts two at a time, whatever ports and folders the worker has for itself, and stops each', async () => {
  vi.stubEnv('GATEWAY_PORT', '1');
  vi.stubEnv('HEALTH_PORT', '1');
  vi.stubEnv('DATA_DIR', join(world.dir, 'of-the-worker'));
  const [a, b] = await Promise.all([world.context.startServing(), world.context.startServing()]);
  expect(new Set([a.url, b.url, a.pid, b.pid]).size).toBe(4);
  for (const { url } of [a, b]) expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
  await a.stop();
  expect(isAlive(a.pid)).toBe(false);
  expect((await fetch(`${b.url}/v2/health/live`)).status).toBe(200);
  await b.stop();
  expect(isAlive(b.pid)).toBe(false);
  expect((await readdir(world.dir)).sort()).toEqual(['scratch']);
  expect(await readdir(world.context.scratchDir)).toEqual([]);
});

it('ends when its worker is killed', async () => {
  const script = join(import.meta.dirname, 'start-serving.ts');
  const worker = spawn(
    process.execPath,
    ['--import', 'tsx', script, join(world.dir, 'evidence'), world.context.scratchDir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(worker.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  worker.kill('SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});
