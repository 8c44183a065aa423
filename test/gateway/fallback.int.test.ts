/**
 * Proves that callers of the traffic always get an answer: the declared score when there is no model, when the model
 * fails on a row, and when it is too slow; that one caller's bad row does not spoil others; and that a call that names
 * its version is told the truth instead.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import {
  call,
  FALLBACK_SCORE,
  inferBody,
  makeFolder,
  only,
  scoreOf,
  setTraffic,
  split,
  tinyScore,
  type Folder,
} from './support.ts';

let folder: Folder;
let gateway: Gateway;
let url: string;

beforeEach(async () => {
  folder = await makeFolder();
  gateway = await startGateway({
    port: 0,
    evidenceDir: folder.evidenceDir,
    dataDir: null,
    log: null,
    timeoutMs: 250,
  });
  url = gateway.url;
  for (const [version, model] of [
    ['v1', 'tiny-a'],
    ['v2', 'tiny-b'],
  ] as const) {
    await call(`${url}/admin/models/tiny/versions/${version}`, 'PUT', folder.load(model));
  }
});
afterEach(async () => {
  await gateway.close();
  await folder.remove();
});

const infer = (carrier: string, path = 'tiny') =>
  call(`${url}/v2/models/${path}/infer`, 'POST', inferBody([[carrier, 100]]));
const declared = {
  status: 200,
  body: { parameters: { status: 'fallback' }, outputs: [{ data: [1 - FALLBACK_SCORE, FALLBACK_SCORE] }, {}] },
};

describe('the declared answer', () => {
  it('serves an arm without a model, and bad input is still refused there', async () => {
    await setTraffic(url, only('fallback'));
    const answer = await infer('AA');
    expect(answer).toMatchObject(declared);
    expect(answer.headers.get('x-seatrial-version')).toBe('fallback');
    expect((await call(`${url}/v2/models/tiny/infer`, 'POST', {})).status).toBe(400);
    expect((await call(`${url}/v2/models/tiny/ready`, 'GET')).body['ready']).toBe(true);
  });

  it('is the baseline of a first release', async () => {
    await setTraffic(url, split('fallback', 'v1', 50));
    const statuses = new Set<string | undefined>();
    for (let i = 0; i < 40; i++) {
      const answer = await call(
        `${url}/v2/models/tiny/infer`,
        'POST',
        inferBody([['AA', 1]], `request-${i}`),
      );
      statuses.add(`${answer.body.parameters?.arm} ${answer.body.parameters?.status}`);
    }
    expect(statuses).toEqual(new Set(['baseline fallback', 'canary ok']));
  });

  it('covers a model that fails, says why, and the pinned call says the failure', async () => {
    await setTraffic(url, only('v1'));
    const answer = await infer('XX');
    expect(answer).toMatchObject(declared);
    expect(answer.body.parameters?.reason).toContain('out of data bounds');
    expect(answer.headers.get('x-seatrial-version')).toBe('v1');
    expect(await infer('XX', 'tiny/versions/v1')).toMatchObject({
      status: 500,
      body: { code: 'MODEL_FAILED' },
    });
  });

  it('is for the failed request alone, though others travel in the same batch', async () => {
    await setTraffic(url, only('v1'));
    const carriers = Array.from({ length: 120 }, (_, i) => (i % 10 === 0 ? 'XX' : 'AA'));
    const answers = await Promise.all(carriers.map((carrier) => infer(carrier)));
    for (const [i, answer] of answers.entries()) {
      if (carriers[i] === 'XX') expect(answer).toMatchObject(declared);
      else expect(scoreOf(answer)[0]).toBeCloseTo(tinyScore('tiny-a', 'AA', 100), 5);
    }
  });

  it('covers a model that is too slow, while the other version serves on; then the slow one is back', async () => {
    await setTraffic(url, only('v1'));
    const slow = infer('ZZ');
    const pinned = infer('ZZ', 'tiny/versions/v1');
    expect((await infer('AA', 'tiny/versions/v2')).status).toBe(200);
    expect(await slow).toMatchObject(declared);
    expect(await pinned).toMatchObject({ status: 504, body: { code: 'MODEL_TIMEOUT' } });
    await expect
      .poll(async () => (await infer('AA')).body.parameters?.status, { timeout: 60_000 })
      .toBe('ok');
  });
});
