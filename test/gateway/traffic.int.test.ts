/**
 * Proves that traffic goes where the arms say and nowhere else: the split is counted, callers stick, a change is applied
 * once however often it is sent, a release that lost its slot is refused, and a version means one content for ever.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { call, inferBody, makeFolder, only, setTraffic, SIGNATURE, split, type Folder } from './support.ts';

let folder: Folder;
let gateway: Gateway;
let url: string;

const load = (version: string, body: unknown) =>
  call(`${url}/admin/models/tiny/versions/${version}`, 'PUT', body);
const traffic = async () => (await call(`${url}/admin/models/tiny/traffic`, 'GET')).body;
const versionFor = async (key: string) => {
  const answer = await call(`${url}/v2/models/tiny/infer`, 'POST', inferBody([['AA', 1]]), {
    'x-seatrial-key': key,
  });
  expect(answer.status).toBe(200);
  return answer.headers.get('x-seatrial-version');
};
const versionsFor = async (keys: readonly string[]) => {
  const versions: (string | null)[] = [];
  for (let i = 0; i < keys.length; i += 50) {
    versions.push(...(await Promise.all(keys.slice(i, i + 50).map(versionFor))));
  }
  return versions;
};
const keys = Array.from({ length: 500 }, (_, i) => `passenger-${i}`);

beforeEach(async () => {
  folder = await makeFolder();
  gateway = await startGateway({
    port: 0,
    evidenceDir: folder.evidenceDir,
    dataDir: folder.dataDir,
    log: null,
  });
  url = gateway.url;
  expect((await load('v1', folder.load('tiny-a'))).status).toBe(200);
  expect((await load('v2', folder.load('tiny-b'))).status).toBe(200);
});
afterEach(async () => {
  await gateway.close();
  await folder.remove();
});

describe('routing', () => {
  it('serves the declared split, keeps each caller, and only moves callers to the canary on the way up', async () => {
    let before: (string | null)[] = keys.map(() => 'v1');
    for (const weight of [10, 30, 100]) {
      await setTraffic(url, split('v1', 'v2', weight));
      const served = await versionsFor(keys);
      expect(await versionsFor(keys.slice(0, 50))).toEqual(served.slice(0, 50));
      const canary = served.filter((version) => version === 'v2').length;
      const p = weight / 100;
      expect(Math.abs(canary - keys.length * p)).toBeLessThanOrEqual(
        5 * Math.sqrt(keys.length * p * (1 - p)),
      );
      for (const [i, version] of served.entries()) if (before[i] === 'v2') expect(version).toBe('v2');
      before = served;
    }
    await setTraffic(url, only('v1'));
    expect(new Set(await versionsFor(keys))).toEqual(new Set(['v1']));
  });

  it('routes by the request id when there is no key', async () => {
    await setTraffic(url, split('v1', 'v2', 50));
    const byId = async (id: string) =>
      (await call(`${url}/v2/models/tiny/infer`, 'POST', inferBody([['AA', 1]], id))).headers.get(
        'x-seatrial-version',
      );
    for (const key of keys.slice(0, 20)) expect(await byId(key)).toBe(await versionFor(key));
  });

  it('answers 503 while a model has no traffic, and is not ready for it', async () => {
    const answer = await call(`${url}/v2/models/tiny/infer`, 'POST', inferBody([['AA', 1]]));
    expect(answer).toMatchObject({ status: 503, body: { code: 'NO_TRAFFIC' } });
    expect((await call(`${url}/v2/models/tiny/ready`, 'GET')).status).toBe(503);
  });
});

describe('a traffic change', () => {
  it('is applied once, however often and however concurrently it is sent', async () => {
    const send = () => setTraffic(url, only('v1'), { changeId: 'same' });
    const answers = await Promise.all([send(), send(), send()]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({
      status: 200,
      traffic: { model: 'tiny', arms: only('v1'), fence: 1, lastChangeId: 'same', changesApplied: 1 },
    });
  });

  it('does not come back when an old one is sent again', async () => {
    await setTraffic(url, split('v1', 'v2', 10), { changeId: 'first' });
    await setTraffic(url, only('v2'), { changeId: 'second' });
    const { status, traffic: now } = await setTraffic(url, split('v1', 'v2', 10), { changeId: 'first' });
    expect(status).toBe(200);
    expect(now).toMatchObject({ arms: only('v2'), lastChangeId: 'second', changesApplied: 2 });
  });

  it('is refused with 409 and changes nothing when its fence is older, even as a repeat', async () => {
    await setTraffic(url, only('v1'), { fence: 3, changeId: 'three' });
    await setTraffic(url, only('v2'), { fence: 4, changeId: 'four' });
    const before = await traffic();
    for (const changeId of ['new', 'three']) {
      const { status, traffic: body } = await setTraffic(url, only('v1'), { fence: 3, changeId });
      expect(status).toBe(409);
      expect(body.code).toBe('STALE_FENCE');
    }
    expect(await traffic()).toEqual(before);
    expect((await setTraffic(url, only('v1'), { fence: 4 })).status).toBe(200);
  });

  it('cannot reuse the id of another change', async () => {
    await setTraffic(url, only('v1'), { changeId: 'one' });
    expect(await setTraffic(url, only('v2'), { changeId: 'one' })).toMatchObject({
      status: 422,
      traffic: { code: 'CHANGE_ID_REUSED' },
    });
    expect(await traffic()).toMatchObject({ arms: only('v1') });
  });

  it.each([
    [
      'weights that do not add up',
      split('v1', 'v2', 10).map((arm) => ({ ...arm, weight: 40 })),
      400,
      'add up to 100',
    ],
    ['an arm twice', [...only('v1'), { arm: 'baseline', version: 'v2', weight: 0 }], 400, 'once'],
    ['no arms', [], 400, 'arms'],
    ['a weight below zero', split('v1', 'v2', -5), 400, 'weight'],
    ['a version that is not loaded', only('v9'), 404, 'v9 of tiny is not loaded'],
  ] as const)('is refused with %s', async (_, arms, status, says) => {
    await setTraffic(url, only('v1'));
    const answer = await setTraffic(url, arms as ReturnType<typeof only>);
    expect(answer.status).toBe(status);
    expect(answer.traffic.error).toContain(says);
    expect(await traffic()).toMatchObject({ arms: only('v1'), changesApplied: 1 });
  });

  it('needs a model that is known', async () => {
    expect((await setTraffic(url, only('fallback'), { model: 'nobody' })).status).toBe(404);
  });
});

describe('loading', () => {
  it('is idempotent by digest, and refuses other content under the same version', async () => {
    expect((await load('v1', folder.load('tiny-a'))).status).toBe(200);
    expect(await load('v1', folder.load('tiny-b'))).toMatchObject({
      status: 422,
      body: { code: 'VERSION_DIFFERS' },
    });
  });

  it('holds the signature against the real model', async () => {
    const wrongInput = await load('v3', folder.load('tiny-wrong'));
    expect(wrongInput).toMatchObject({ status: 422, body: { code: 'SIGNATURE_MISMATCH' } });
    expect(wrongInput.body.error).toContain('no input "distance"');
    expect(wrongInput.body.error).toContain('"miles" is not declared');

    const withSignature = async (signature: unknown) =>
      load('v3', folder.load('tiny-a', { signature: await folder.put(JSON.stringify(signature)) }));
    const numberAsText = SIGNATURE.inputs.map((input) => ({ ...input, datatype: 'BYTES' }));
    expect((await withSignature({ ...SIGNATURE, inputs: numberAsText })).body.error).toContain('is float32');
    expect(
      (await withSignature({ ...SIGNATURE, output: { name: 'odds', positiveIndex: 1 } })).body.error,
    ).toContain('no output "odds"');
    expect(
      (await withSignature({ ...SIGNATURE, output: { name: 'probabilities', positiveIndex: 2 } })).body.error,
    ).toContain('positiveIndex 2');
    expect((await withSignature({ inputs: [] })).body.code).toBe('SIGNATURE_MISMATCH');
    expect((await call(`${url}/v2/models/tiny/versions/v3/ready`, 'GET')).status).toBe(404);
  });

  it('refuses what is missing, no model, or no version', async () => {
    const missing = { ...folder.load('tiny-a').artifact, sha256: '0'.repeat(64) };
    expect(await load('v3', folder.load('tiny-a', { artifact: missing }))).toMatchObject({
      status: 422,
      body: { code: 'ARTIFACT_UNUSABLE' },
    });
    const noModel = await folder.put('this is no model');
    expect(await load('v3', folder.load('tiny-a', { artifact: noModel }))).toMatchObject({
      status: 422,
      body: { code: 'ARTIFACT_UNUSABLE' },
    });
    expect((await load('fallback', folder.load('tiny-a'))).status).toBe(400);
    expect((await load('V%201', folder.load('tiny-a'))).status).toBe(400);
    expect((await load('v3', {})).status).toBe(400);
  });

  it('unloads what has no traffic, and nothing else', async () => {
    await setTraffic(url, split('v1', 'v2', 10));
    const unload = (version: string) => call(`${url}/admin/models/tiny/versions/${version}`, 'DELETE');
    expect(await unload('v1')).toMatchObject({ status: 422, body: { code: 'VERSION_IN_TRAFFIC' } });
    await setTraffic(url, only('v2'));
    expect((await unload('v1')).status).toBe(204);
    expect((await unload('v1')).status).toBe(204);
    expect((await call(`${url}/v2/models/tiny`, 'GET')).body['versions']).toEqual(['v2']);
    expect(
      (await call(`${url}/v2/models/tiny/versions/v1/infer`, 'POST', inferBody([['AA', 1]]))).status,
    ).toBe(404);
    expect(await versionFor('anybody')).toBe('v2');
  });
});
