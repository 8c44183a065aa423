/**
 * Proves that the gateway is the same after a crash: killed with SIGKILL at rest and in the middle of traffic changes, it
 * serves again what it had answered yes to, and counts no change twice. Also the isolated process of a trial.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  call,
  inferBody,
  makeFolder,
  only,
  setTraffic,
  split,
  tinyScore,
  scoreOf,
  type Folder,
} from './support.ts';

let folder: Folder;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  for (const child of started.splice(0)) await end(child, 'SIGKILL');
  await folder.remove();
});

async function start(env: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
  const main = join(import.meta.dirname, '../../services/gateway/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: {
      ...process.env,
      EVIDENCE_DIR: folder.evidenceDir,
      GATEWAY_PORT: '0',
      PREDICTION_LOG: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  for await (const line of createInterface({ input: child.stdout! })) {
    return { url: (JSON.parse(line) as { listening: string }).listening, child };
  }
  throw new Error('The gateway ended before it listened.');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
  return child.exitCode;
}

const durable = () => ({ DATA_DIR: folder.dataDir });
const traffic = async (url: string) => (await call(`${url}/admin/models/tiny/traffic`, 'GET')).body;
const load = (url: string, version: string, model: 'tiny-a' | 'tiny-b') =>
  call(`${url}/admin/models/tiny/versions/${version}`, 'PUT', folder.load(model));
const versionFor = async (url: string, key: string) =>
  (
    await call(`${url}/v2/models/tiny/infer`, 'POST', inferBody([['AA', 1]]), { 'x-seatrial-key': key })
  ).headers.get('x-seatrial-version');

describe('after kill -9', () => {
  it('serves the same to the same callers', async () => {
    const first = await start(durable());
    await load(first.url, 'v1', 'tiny-a');
    await load(first.url, 'v2', 'tiny-b');
    await setTraffic(first.url, split('v1', 'v2', 30), { fence: 7, changeId: 'the-change' });
    const keys = Array.from({ length: 40 }, (_, i) => `caller-${i}`);
    const before = await Promise.all(keys.map((key) => versionFor(first.url, key)));
    const status = await traffic(first.url);
    await end(first.child, 'SIGKILL');

    const second = await start(durable());
    expect(await traffic(second.url)).toEqual(status);
    expect(await Promise.all(keys.map((key) => versionFor(second.url, key)))).toEqual(before);
    const repeat = await setTraffic(second.url, split('v1', 'v2', 30), { fence: 7, changeId: 'the-change' });
    expect(repeat.traffic.changesApplied).toBe(1);
    expect((await setTraffic(second.url, only('v1'), { fence: 6 })).status).toBe(409);
  });

  it('has each change that was answered with yes, when killed in the middle of changes', async () => {
    let gateway = await start(durable());
    await load(gateway.url, 'v1', 'tiny-a');
    await load(gateway.url, 'v2', 'tiny-b');
    let sent = 0;
    for (let round = 0; round < 2; round++) {
      let killed = false;
      const changing = (async () => {
        let acknowledged = 0;
        while (!killed) {
          const weight = (sent + 1) % 100;
          try {
            const { status } = await setTraffic(gateway.url, split('v1', 'v2', weight), {
              changeId: `n${sent + 1}`,
            });
            if (status === 200) acknowledged = ++sent;
          } catch {
            break; // the connection broke: this change may be in force or not
          }
        }
        return acknowledged;
      })();
      await expect.poll(() => sent, { timeout: 60_000, interval: 5 }).toBeGreaterThan(10 * (round + 1));
      await end(gateway.child, 'SIGKILL');
      killed = true;
      const acknowledged = await changing;
      gateway = await start(durable());
      const { changesApplied, lastChangeId, arms } = await traffic(gateway.url);
      expect([acknowledged, acknowledged + 1]).toContain(changesApplied);
      expect(lastChangeId).toBe(`n${String(changesApplied)}`);
      expect(arms).toEqual(split('v1', 'v2', Number(changesApplied) % 100));
      sent = Number(changesApplied);
    }
  });

  it('answers with the declared score, and says so in its health, when an artifact is gone', async () => {
    const first = await start(durable());
    await load(first.url, 'v1', 'tiny-a');
    await setTraffic(first.url, only('v1'));
    await end(first.child, 'SIGKILL');
    await rename(folder.evidenceDir, `${folder.evidenceDir}-away`);

    const second = await start(durable());
    expect(await call(`${second.url}/health`, 'GET')).toMatchObject({ status: 503, body: { ok: false } });
    expect((await call(`${second.url}/v2/health/ready`, 'GET')).status).toBe(503);
    const answer = await call(`${second.url}/v2/models/tiny/infer`, 'POST', inferBody([['AA', 1]]));
    expect(answer.body.parameters?.status).toBe('fallback');
    expect(
      (await call(`${second.url}/v2/models/tiny/versions/v1/infer`, 'POST', inferBody([['AA', 1]]))).status,
    ).toBe(503);

    await rename(`${folder.evidenceDir}-away`, folder.evidenceDir);
    expect((await load(second.url, 'v1', 'tiny-a')).status).toBe(200);
    expect((await call(`${second.url}/health`, 'GET')).status).toBe(200);
  });
});

describe('the process of a trial', () => {
  it('needs no data folder and no log, serves a loaded version by name, and ends cleanly on SIGTERM', async () => {
    const { url, child } = await start({ DATA_DIR: '' });
    await load(url, 'v1', 'tiny-a');
    const answer = await call(`${url}/v2/models/tiny/versions/v1/infer`, 'POST', inferBody([['UA', 300]]));
    expect(scoreOf(answer)[0]).toBeCloseTo(tinyScore('tiny-a', 'UA', 300), 5);
    expect(await end(child, 'SIGTERM')).toBe(0);
  });

  it('names the setting that is missing', async () => {
    await expect(start({ PREDICTION_LOG: 'on', DATA_DIR: '' })).rejects.toThrow();
  });
});
