/**
 * Proves that the gateway speaks the Open Inference Protocol v2 with a real ONNX model behind a real socket: every route
 * answers in the protocol's shape, scores are the model's own, and each kind of bad input is refused with words that help.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { call, inferBody, makeFolder, only, scoreOf, setTraffic, tinyScore, type Folder } from './support.ts';

let folder: Folder;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  folder = await makeFolder();
  gateway = await startGateway({
    port: 0,
    evidenceDir: folder.evidenceDir,
    dataDir: folder.dataDir,
    log: null,
    bodyLimit: 100_000,
  });
  url = gateway.url;
  expect((await call(`${url}/admin/models/tiny/versions/v1`, 'PUT', folder.load('tiny-a'))).status).toBe(200);
  expect((await call(`${url}/admin/models/tiny/versions/v2`, 'PUT', folder.load('tiny-b'))).status).toBe(200);
  expect((await setTraffic(url, only('v1'))).status).toBe(200);
});
afterAll(async () => {
  await gateway.close();
  await folder.remove();
});

const infer = (body: unknown, path = 'tiny', headers: Record<string, string> = {}) =>
  call(`${url}/v2/models/${path}/infer`, 'POST', body, headers);

describe('health and metadata', () => {
  it('says what it is, that it lives, and that it is ready', async () => {
    expect((await call(`${url}/v2`, 'GET')).body).toMatchObject({ name: 'seatrial-gateway', extensions: [] });
    expect(await call(`${url}/v2/health/live`, 'GET')).toMatchObject({ status: 200, body: { live: true } });
    expect(await call(`${url}/v2/health/ready`, 'GET')).toMatchObject({ status: 200, body: { ready: true } });
    expect(await call(`${url}/health`, 'GET')).toMatchObject({ status: 200, body: { ok: true } });
  });

  it.each([['tiny'], ['tiny/versions/v2']])('describes %s', async (path) => {
    const { status, body } = await call(`${url}/v2/models/${path}`, 'GET');
    expect(status).toBe(200);
    expect(body).toEqual({
      name: 'tiny',
      versions: path === 'tiny' ? ['v1', 'v2'] : ['v2'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'carrier', datatype: 'BYTES', shape: [-1, 1] },
        { name: 'distance', datatype: 'FP32', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
        { name: 'score', datatype: 'FP32', shape: [-1] },
      ],
    });
    expect(await call(`${url}/v2/models/${path}/ready`, 'GET')).toMatchObject({
      status: 200,
      body: { name: 'tiny', ready: true },
    });
  });

  it.each([
    ['nobody', 'MODEL_NOT_FOUND'],
    ['constructor', 'MODEL_NOT_FOUND'],
    ['tiny/versions/v9', 'VERSION_NOT_FOUND'],
  ])('does not know %s', async (path, code) => {
    for (const answer of [
      await call(`${url}/v2/models/${path}`, 'GET'),
      await call(`${url}/v2/models/${path}/ready`, 'GET'),
      await infer(inferBody([['AA', 1]]), path),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code } });
    }
  });

  it('says so when nothing is at a path', async () => {
    expect(await call(`${url}/v3`, 'GET')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});

describe('inference', () => {
  it('answers in the shape of the protocol with the scores of the model', async () => {
    const rows = [
      ['AA', 200],
      ['UA', 1500],
      ['never seen', null],
      [null, 0],
    ] as const;
    const answer = await infer(inferBody(rows, 'my-request'));
    expect(answer.status).toBe(200);
    const expected = rows.map(([carrier, distance]) => tinyScore('tiny-a', carrier, distance));
    expect(answer.body).toMatchObject({
      id: 'my-request',
      model_name: 'tiny',
      model_version: 'v1',
      parameters: { arm: 'baseline', version: 'v1', status: 'ok', threshold: 0.5 },
      outputs: [
        {
          name: 'probabilities',
          datatype: 'FP32',
          shape: [4, 2],
          data: expected.flatMap((p) => [expect.closeTo(1 - p, 5), expect.closeTo(p, 5)]),
        },
        { name: 'score', datatype: 'FP32', shape: [4], data: expected.map((p) => expect.closeTo(p, 5)) },
      ],
    });
    expect(answer.headers.get('x-seatrial-arm')).toBe('baseline');
    expect(answer.headers.get('x-seatrial-version')).toBe('v1');
  });

  it('serves the version that the path names, without an arm', async () => {
    const answer = await infer(inferBody([['AA', 200]]), 'tiny/versions/v2');
    expect(scoreOf(answer)[0]).toBeCloseTo(tinyScore('tiny-b', 'AA', 200), 5);
    expect(answer.headers.get('x-seatrial-version')).toBe('v2');
    expect(answer.headers.get('x-seatrial-arm')).toBeNull();
  });

  it('takes nested data, gives an id when there is none, and sends only the outputs asked for', async () => {
    const body = inferBody([
      ['AA', 1],
      ['UA', 2],
    ]);
    const nested = body.inputs.map((input) => ({ ...input, data: input.data.map((value) => [value]) }));
    const answer = await infer({ inputs: nested, outputs: [{ name: 'score' }] });
    expect(answer.body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.body.outputs?.map(({ name }) => name)).toEqual(['score']);
    expect(scoreOf(answer)).toHaveLength(2);
  });

  it('answers many requests at once, each with its own score', async () => {
    const distances = Array.from({ length: 300 }, (_, i) => i * 10);
    const answers = await Promise.all(
      distances.map((distance) => infer(inferBody([['AA', distance]], `r${distance}`))),
    );
    for (const [i, answer] of answers.entries()) {
      expect(answer.body.id).toBe(`r${distances[i]}`);
      expect(scoreOf(answer)[0]).toBeCloseTo(tinyScore('tiny-a', 'AA', distances[i]!), 5);
    }
  });
});

describe('bad input', () => {
  const [carrier, distance] = inferBody([['AA', 100]]).inputs as [object, object];
  const cases: [what: string, body: unknown, says: string][] = [
    ['text that is not JSON', '{"inputs": [', 'JSON'],
    ['an empty body', '', 'JSON'],
    ['a list', [], 'not a JSON object'],
    ['no inputs', {}, '"inputs" is not a list'],
    ['a missing input', { inputs: [carrier] }, '"distance" is missing'],
    ['an unknown input', { inputs: [carrier, distance, { ...distance, name: 'age' }] }, '"age" is unknown'],
    ['an input twice', { inputs: [carrier, distance, distance] }, 'sent twice'],
    ['an input without a name', { inputs: [{}] }, 'inputs[0] has no name'],
    ['a wrong datatype', { inputs: [carrier, { ...distance, datatype: 'INT64' }] }, 'Send it as FP32'],
    ['a flat shape', { inputs: [carrier, { ...distance, shape: [1] }] }, 'Send [n, 1]'],
    ['no rows', { inputs: [carrier, { ...distance, shape: [0, 1], data: [] }] }, 'Send [n, 1]'],
    ['too few values', { inputs: [carrier, { ...distance, data: [] }] }, 'has 0 values'],
    ['unequal rows', { inputs: [carrier, { ...distance, shape: [2, 1], data: [1, 2] }] }, '2 rows'],
    ['text for a number', { inputs: [carrier, { ...distance, data: ['far'] }] }, '"far" at row 0'],
    ['a number for text', { inputs: [{ ...carrier, data: [7] }, distance] }, '7 at row 0'],
    ['a number beyond FP32', { inputs: [carrier, { ...distance, data: [1e300] }] }, 'finite'],
    ['no data', { inputs: [carrier, { ...distance, data: undefined }] }, 'no "data" list'],
    ['an id that is no text', { id: 5, inputs: [carrier, distance] }, '"id" is 5'],
    ['an unknown output', { inputs: [carrier, distance], outputs: [{ name: 'x' }] }, 'outputs[0]'],
    ['a body that is too large', `{"x":"${'x'.repeat(100_001)}"}`, 'larger than 100000 bytes'],
    ['a poisoned prototype', '{"__proto__":{"inputs":[]}}', 'cannot be read'],
  ];
  it.each(cases)('refuses %s', async (_, body, says) => {
    for (const path of ['tiny', 'tiny/versions/v1']) {
      const answer = await infer(body, path);
      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe('INVALID_REQUEST');
      expect(answer.body.error).toContain(says);
    }
  });

  it('refuses a time that is no time, and a key without end', async () => {
    const body = inferBody([['AA', 1]]);
    expect(await infer(body, 'tiny', { 'x-seatrial-time': 'yesterday' })).toMatchObject({ status: 400 });
    expect(await infer(body, 'tiny', { 'x-seatrial-key': 'k'.repeat(513) })).toMatchObject({ status: 400 });
  });

  it('counts what it refuses and what it serves', async () => {
    const count = async (status: string) => {
      const text = String((await call(`${url}/metrics`, 'GET')).body['text']);
      const line = new RegExp(
        `seatrial_gateway_requests_total\\{model="tiny",version="v1",arm="baseline",status="${status}"\\} (\\d+)`,
      );
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const before = [await count('ok'), await count('invalid')] as const;
    await infer(inferBody([['AA', 1]]));
    await infer({});
    expect([await count('ok'), await count('invalid')]).toEqual([before[0] + 1, before[1] + 1]);
  });
});
