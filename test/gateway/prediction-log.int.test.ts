/**
 * Proves, with a real Kafka, that each row that was served by traffic is on the log as the contract says; that the log
 * never stands in the way of an answer, whether Kafka is killed or was never there; and that closing flushes.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectLog, type EventLog } from '../../adapters/kafka/index.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes, type PredictionLogged } from '../../contracts/live-events.ts';
import { predictionLogged } from '../../contracts/schemas/live-events.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { freePort } from '../../stack/ports.ts';
import { startBroker, testLogger, until, type TestBroker } from '../kafka/broker.ts';
import {
  call,
  FALLBACK_SCORE,
  inferBody,
  makeFolder,
  only,
  setTraffic,
  tinyScore,
  type Folder,
} from './support.ts';

let broker: TestBroker;
let log: EventLog;
let folder: Folder;
let gateway: Gateway;
let open = false;

const close = async () => {
  if (!open) return undefined;
  open = false;
  return gateway.close();
};
const begin = async (connect: () => Promise<EventLog>, logCapacity?: number) => {
  gateway = await startGateway({
    port: 0,
    evidenceDir: folder.evidenceDir,
    dataDir: folder.dataDir,
    log: connect,
    ...(logCapacity === undefined ? {} : { logCapacity }),
  });
  open = true;
  await call(`${gateway.url}/admin/models/tiny/versions/v1`, 'PUT', folder.load('tiny-a'));
  await setTraffic(gateway.url, only('v1'));
};
const infer = (body: unknown, headers: Record<string, string> = {}, path = 'tiny') =>
  call(`${gateway.url}/v2/models/${path}/infer`, 'POST', body, headers);

interface Logged {
  readonly key: string | undefined;
  readonly type: string;
  readonly data: PredictionLogged;
}

/** Every prediction on the log whose id begins with `prefix`. */
async function logged(prefix: string): Promise<Logged[]> {
  const found: Logged[] = [];
  const from = Object.fromEntries(
    (await log.offsets(topics.predictions)).map(({ partition, low }) => [partition, low]),
  );
  await log.readRange({ topic: topics.predictions, from }, (records) => {
    for (const record of records) {
      const decoded = decodeEvent(record);
      if (!decoded.ok) throw new Error(decoded.reason);
      const data = predictionLogged.parse(decoded.event.data);
      if (data.predictionId.startsWith(prefix)) {
        found.push({ key: record.key?.toString(), type: decoded.event.type, data });
      }
    }
  });
  return found.sort((a, b) => a.data.predictionId.localeCompare(b.data.predictionId));
}

const metric = async (name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await gateway.metrics.metrics())?.[1] ?? Number.NaN);

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
  await log.ensureTopics(topicSettings);
});
afterAll(async () => {
  await log.close();
  await broker.destroy();
});
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await close();
  await folder.remove();
});

describe('the prediction log', () => {
  it('has one event for each row, keyed by its prediction id, with event time, features and score', async () => {
    await begin(() => broker.connect());
    const time = { 'x-seatrial-time': '2013-06-01T08:00:00-04:00' };
    await infer(inferBody([['AA', 700.5]], 'one-row'), time);
    await infer(
      inferBody(
        [
          ['UA', null],
          [null, 3],
        ],
        'rows',
      ),
    );
    await infer(inferBody([['XX', 1]], 'one-failed'));
    await infer(inferBody([['AA', 1]], 'one-pinned'), {}, 'tiny/versions/v1');
    await infer({ id: 'one-bad' });
    const { body } = await infer(inferBody([['AA', 1]]));
    await close();

    const ones = await logged('one-');
    expect(ones.map(({ data }) => data.predictionId)).toEqual(['one-failed', 'one-row']);
    const [failed, row] = ones;
    expect(row).toEqual({
      key: 'one-row',
      type: eventTypes.prediction,
      data: {
        model: 'tiny',
        version: 'v1',
        arm: 'baseline',
        predictionId: 'one-row',
        time: '2013-06-01T12:00:00.000Z',
        features: { carrier: 'AA', distance: 700.5 },
        score: expect.closeTo(tinyScore('tiny-a', 'AA', 700.5), 5) as number,
        status: 'ok',
        latencyMs: expect.any(Number) as number,
        unit: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      },
    });
    expect(failed?.data).toMatchObject({ version: 'v1', status: 'fallback', score: FALLBACK_SCORE });

    const rows = await logged('rows');
    expect(rows.map(({ key, data }) => [key, data.features])).toEqual([
      ['rows#0', { carrier: 'UA', distance: null }],
      ['rows#1', { carrier: null, distance: 3 }],
    ]);
    expect(await logged(body.id!)).toHaveLength(1);
  });

  it('says fallback when there is no model in the arm', async () => {
    await begin(() => broker.connect());
    await setTraffic(gateway.url, only('fallback'));
    await infer(inferBody([['AA', 1]], 'without-model'));
    await close();
    expect((await logged('without-model'))[0]?.data).toMatchObject({
      version: 'fallback',
      status: 'fallback',
    });
  });

  it('loses nothing while Kafka is killed and comes back, and answers all the time', async () => {
    await begin(() => broker.connect());
    const send = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        expect((await infer(inferBody([['AA', i]], `outage-${i}`))).body.parameters?.status).toBe('ok');
      }
    };
    await send(0, 20);
    await broker.kill('SIGKILL');
    await send(20, 60);
    await broker.restart();
    await until('everything is logged', async () => (await metric('seatrial_gateway_log_buffered')) === 0);
    const ids = new Set((await logged('outage-')).map(({ data }) => data.predictionId));
    expect(ids.size).toBe(60);
    expect(await metric('seatrial_gateway_log_dropped_total')).toBe(0);
    await until('health is green', () => gateway.health().ok);
  });

  it('drops what does not fit while there is no Kafka, counts it, turns health red, and serves on', async () => {
    const nobody = { brokers: [`127.0.0.1:${await freePort()}`], clientId: 'test' };
    await begin(() => connectLog(nobody, testLogger()), 5);
    for (let i = 0; i < 12; i++) expect((await infer(inferBody([['AA', i]]))).status).toBe(200);
    expect(await metric('seatrial_gateway_log_dropped_total')).toBe(7);
    expect(await call(`${gateway.url}/health`, 'GET')).toMatchObject({ status: 503, body: { ok: false } });
    expect(await close()).toEqual({ unlogged: 5 });
  });
});
