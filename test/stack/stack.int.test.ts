// Proves that a stack starts what it is asked for, that one folder serves one stack at a time, that the environment replaces a
// part by a real one, that `up` says where everything is and ends everything, and that a failed start leaves nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { startDatabase } from '../../stack/parts/database.ts';
import { stackEnv, startServices } from '../../stack/services.ts';
import { startStack } from '../../stack/stack.ts';
import { isAlive, silent, temporaryFolder, until } from './support.ts';

afterEach(() => vi.unstubAllEnvs());

it('starts only what it is asked for, and refuses a folder that another stack uses', async () => {
  const dataDir = await temporaryFolder();
  const stack = await startStack({ dataDir, only: ['database'], say: silent });
  onTestFinished(() => stack.stop());
  expect(Object.keys(stack.parts)).toEqual(['database']);
  expect(stack.temporalAddress).toBe('');
  const second = startStack({ dataDir, only: ['database'] });
  await expect(second).rejects.toThrow(`process ${process.pid} runs a stack on ${dataDir}`);
  await stack.stop();
  const third = await startStack({ dataDir, only: ['database'], say: silent });
  await third.stop();
});

it('uses the real part that the environment names, and does not stop it', async () => {
  const real = await startDatabase({ dataDir: await temporaryFolder() });
  onTestFinished(() => real.stop());
  vi.stubEnv('DATABASE_URL', real.extra['url'] ?? '');
  const stack = await startStack({ dataDir: await temporaryFolder(), only: ['database'] });
  expect(stack.databaseUrl).toBe(real.extra['url']);
  expect(stack.parts.database?.pid).toBeUndefined();
  expect(stackEnv(stack)).toMatchObject({ DATABASE_URL: real.extra['url'] });
  await stack.stop();
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await client.end();
});

it('names the variable when nothing is where the environment says, and ends the parts that did start', async () => {
  vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:1');
  const dataDir = await temporaryFolder();
  const start = startStack({ dataDir, only: ['kafka', 'database'], say: silent });
  await expect(start).rejects.toThrow(/KAFKA_BROKERS names 127\.0\.0\.1:1/);
  // The folder is free again, so nothing of the failed start holds it.
  const again = await startStack({ dataDir, only: ['database'], say: silent });
  await again.stop();
});

it('hides the password of DATABASE_URL when nothing is there', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://me:secret@127.0.0.1:1/db');
  const start = startStack({ dataDir: await temporaryFolder(), only: ['database'] });
  await expect(start).rejects.toThrow(/DATABASE_URL names 127\.0\.0\.1:1,/);
  await start.catch((error: unknown) => expect(String(error)).not.toContain('secret'));
});

it('starts our own services, gives one back after kill -9 on the same ports, and ends them', async () => {
  // A temporal.toml of the person's own, for another server, must not reach them.
  const strange = join(await temporaryFolder(), 'temporal.toml');
  await writeFile(strange, '[profile.default]\naddress = "127.0.0.1:1"\napi_key = "for another server"\n');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', strange);
  const stack = await startStack({ dataDir: await temporaryFolder(), say: silent });
  onTestFinished(() => stack.stop());
  const services = await startServices(stack, { only: ['gateway', 'ingest'] });
  onTestFinished(() => services.stop());
  const first = services.get('gateway');
  expect(() => services.get('worker')).toThrow('service worker was not started with this stack');
  expect((await fetch(`${services.gatewayUrl}/v2/health/live`)).status).toBe(200);

  first.kill('SIGKILL');
  await first.exited;
  const second = await services.restart('gateway');
  expect(second.pid).not.toBe(first.pid);
  expect(second.health).toBe(first.health);
  expect((await fetch(`${services.gatewayUrl}/v2/health/live`)).status).toBe(200);

  const ingest = services.get('ingest');
  expect((await fetch(ingest.health)).status).toBe(200);
  await services.stop();
  expect([second.pid, ingest.pid].some(isAlive)).toBe(false);
});

it('`up` says where everything is, and SIGTERM ends everything', async () => {
  const dataDir = await temporaryFolder();
  const up = fileURLToPath(new URL('../../stack/up.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', up, '--parts', '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  await until(() => printed.includes('Ctrl-C ends everything'));
  const ui = /^Temporal UI +(http:\S+)$/m.exec(printed)?.[1] ?? '';
  expect((await fetch(ui)).status).toBe(200);
  for (const label of ['Temporal gRPC', 'Kafka', 'database', 'evidence', 'logs']) {
    expect(printed).toMatch(new RegExp(`^${label} +\\S+`, 'm'));
  }
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(isAlive(child.pid ?? 0)).toBe(false);
  await expect(fetch(ui)).rejects.toThrow();
});
