// Proves what every process shows and how it ends: health as 200 or 503 with a reason, metrics, and one orderly close with
// an exit code at a signal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Counter, Registry } from 'prom-client';
import { afterAll, expect, test } from 'vitest';
import { serveHealth } from '../../adapters/service.ts';
import type { Health } from '../../adapters/service.ts';

const registry = new Registry();
new Counter({ name: 'test_total', help: 'test', registers: [registry] }).inc(3);
let state: () => Health | Promise<Health> = () => ({ ok: true, detail: 'fine' });
const server = await serveHealth({ port: 0, health: () => state(), metrics: registry });
afterAll(() => server.close());
const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);

test('health is 200 when fine, 503 with the reason when not, also when asking fails', async () => {
  const fine = await get('/health');
  expect([fine.status, await fine.json()]).toEqual([200, { ok: true, detail: 'fine' }]);
  state = () => Promise.resolve({ ok: false, detail: 'stuck' });
  const stuck = await get('/health');
  expect([stuck.status, await stuck.json()]).toEqual([503, { ok: false, detail: 'stuck' }]);
  state = () => {
    throw new Error('cannot tell');
  };
  const broken = await get('/health');
  expect([broken.status, await broken.json()]).toEqual([503, { ok: false, detail: 'cannot tell' }]);
});

test('metrics are Prometheus text; other paths and methods are refused', async () => {
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toContain('text/plain');
  expect(await metrics.text()).toContain('test_total 3');
  expect((await get('/other')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${server.port}/health`, { method: 'POST' })).status).toBe(405);
});

/** Runs `onShutdown` around `close` in a process of its own, sends the signals, returns exit code and output. */
async function shutDown(
  close: string,
  signals: NodeJS.Signals[],
  timeoutMs = 5_000,
): Promise<[number | null, string]> {
  const url = (path: string): string => new URL(path, import.meta.url).href;
  const script = `
    import { onShutdown } from '${url('../../adapters/shutdown.ts')}';
    import { createLogger } from '${url('../../adapters/log.ts')}';
    setInterval(() => {}, 1000);
    onShutdown(async () => { console.log('closing once'); ${close} }, { log: createLogger('test'), timeoutMs: ${timeoutMs} });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const next = output.includes('closing once') ? 1 : output.includes('ready') ? 0 : undefined;
    if (next !== undefined && signals[next] !== undefined)
      child.kill(signals.splice(next, 1, undefined as never)[0]);
  });
  await once(child, 'close');
  return [child.exitCode, output];
}

test('one close, then exit code 0', async () => {
  const [code, output] = await shutDown('', ['SIGTERM']);
  expect(code).toBe(0);
  expect(output.split('closing once')).toHaveLength(2);
});

test('a close that fails or takes too long is exit code 1', async () => {
  expect((await shutDown("throw new Error('no')", ['SIGINT']))[0]).toBe(1);
  expect((await shutDown('await new Promise(() => {})', ['SIGTERM'], 200))[0]).toBe(1);
});

test('a second signal does not wait', async () => {
  expect((await shutDown('await new Promise(() => {})', ['SIGTERM', 'SIGINT'], 60_000))[0]).toBe(130);
});
