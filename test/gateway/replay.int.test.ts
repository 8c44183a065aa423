/**
 * Proves that the replay is honest traffic, against a real gateway and a real Kafka: each flight is asked about once, in
 * order, and over several calls; its label comes when it has landed and not before; failures are counted and not hidden.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes, type LabelObserved, type PredictionLogged } from '../../contracts/live-events.ts';
import { labelObserved, predictionLogged } from '../../contracts/schemas/live-events.ts';
import { topics, topicSettings } from '../../contracts/topics.ts';
import { FEATURES } from '../../examples/flight-delays/features.ts';
import type { Flight } from '../../examples/flight-delays/rows.ts';
import { createTraffic, type Traffic } from '../../examples/flight-delays/traffic.ts';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { startBroker, until, type TestBroker } from '../kafka/broker.ts';
import { call, makeFolder, only, setTraffic, split, tinyScore, type Folder } from './support.ts';

const MINUTE = 60_000;
const START = Date.UTC(2013, 2, 1, 12);

let broker: TestBroker;
let log: EventLog;
let folder: Folder;
let gateway: Gateway;
let traffic: Traffic;
let model: string;
let run = 0;

/** A flight a minute; each lands half an hour later, and every tenth is cancelled. */
function flightPlan(count: number): Flight[] {
  return Array.from({ length: count }, (_, i) => {
    const cancelled = i % 10 === 9;
    const texts: Record<string, string> = { carrier: 'AA', origin: 'JFK', dest: 'LAX' };
    const scheduledAt = START + i * MINUTE;
    return {
      flightId: `${model}-${String(i).padStart(4, '0')}`,
      key: `AA${i % 50}`,
      scheduledAt,
      landedAt: cancelled ? null : scheduledAt + 30 * MINUTE,
      late: cancelled ? null : i % 3 === 0 ? 1 : 0,
      features: Object.fromEntries(
        FEATURES.map(({ name }) => [name, texts[name] ?? (name === 'wind_gust' ? null : i)]),
      ),
      slices: { carrier: 'AA', origin: 'JFK', dest_region: 'west' },
    };
  });
}

async function readAll<T>(
  topic: string,
  parse: (data: unknown) => T & { model: string },
): Promise<{ key: string; type: string; data: T }[]> {
  const found: { key: string; type: string; data: T }[] = [];
  const from = Object.fromEntries((await log.offsets(topic)).map(({ partition, low }) => [partition, low]));
  await log.readRange({ topic, from }, (records) => {
    for (const record of records) {
      const decoded = decodeEvent(record);
      if (!decoded.ok) throw new Error(decoded.reason);
      const data = parse(decoded.event.data);
      if (data.model === model) found.push({ key: String(record.key), type: decoded.event.type, data });
    }
  });
  return found.sort((a, b) => a.key.localeCompare(b.key));
}
const labels = () => readAll<LabelObserved>(topics.labels, (data) => labelObserved.parse(data));
const predictions = () =>
  readAll<PredictionLogged>(topics.predictions, (data) => predictionLogged.parse(data));

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
  model = `flights-${++run}`;
  folder = await makeFolder();
  gateway = await startGateway({
    port: 0,
    evidenceDir: folder.evidenceDir,
    dataDir: null,
    log: () => broker.connect(),
  });
  const signature = await folder.put(
    JSON.stringify({
      inputs: FEATURES.map(({ name, kind }) => ({
        name,
        kind,
        datatype: kind === 'category' ? 'BYTES' : 'FP32',
      })),
      output: { name: 'probabilities', positiveIndex: 1 },
    }),
  );
  for (const version of ['1', '2']) {
    const loaded = await call(
      `${gateway.url}/admin/models/${model}/versions/${version}`,
      'PUT',
      folder.load('tiny-flights', { signature }),
    );
    expect(loaded.status).toBe(200);
  }
  await setTraffic(gateway.url, only('1'), { model });
});
afterEach(async () => {
  traffic.close();
  await gateway.close();
  await folder.remove();
});
const begin = (flights: readonly Flight[], gatewayUrl = gateway.url) => {
  traffic = createTraffic({ gatewayUrl, model, log, flights });
  return traffic;
};

describe('the replay', () => {
  it('sends each flight once over several calls, and each label when the flight has landed', async () => {
    const flights = flightPlan(200);
    const { playUntil } = begin(flights);
    const noon = START + 60 * MINUTE;
    expect(await playUntil({ time: noon, concurrency: 8 })).toMatchObject({
      reason: 'time',
      sent: 60,
      clock: noon,
    });
    // Flights of the first 31 minutes have landed by noon, less the three that were cancelled.
    expect((await labels()).map(({ key }) => key)).toEqual(
      flights.slice(0, 31).flatMap(({ flightId, landedAt }) => (landedAt === null ? [] : [flightId])),
    );
    expect(await playUntil({ concurrency: 8 })).toMatchObject({ reason: 'end', sent: 140, failed: 0 });
    expect(await playUntil({})).toMatchObject({ reason: 'end', sent: 0 });
    await traffic.finishLabels();
    expect(traffic.statistics()).toMatchObject({
      sent: 200,
      failed: 0,
      labels: 180,
      byVersion: { '1': 200 },
    });

    const all = await labels();
    expect(all.map(({ key }) => key)).toEqual(
      flights.flatMap(({ flightId, landedAt }) => (landedAt === null ? [] : [flightId])),
    );
    expect(all[3]).toEqual({
      key: flights[3]!.flightId,
      type: eventTypes.label,
      data: {
        model,
        predictionId: flights[3]!.flightId,
        label: 1,
        observedAt: new Date(flights[3]!.landedAt!).toISOString(),
      },
    });
    await until('all predictions are logged', async () => (await predictions()).length === 200);
    const logged = await predictions();
    expect(logged.map(({ key }) => key)).toEqual(flights.map(({ flightId }) => flightId));
    expect(logged[7]?.data).toMatchObject({
      time: new Date(flights[7]!.scheduledAt).toISOString(),
      features: flights[7]!.features,
      score: expect.closeTo(tinyScore('tiny-a', 'AA', 7), 5) as number,
      status: 'ok',
    });
  });

  it('stops when it is told to, goes on from there, and says which version served', async () => {
    await setTraffic(gateway.url, split('1', '2', 50), { model });
    const { playUntil, statistics } = begin(flightPlan(300));
    let asked = 0;
    const first = await playUntil({ until: () => ++asked > 1, perSecond: 50, concurrency: 4 });
    expect(first.reason).toBe('until');
    expect(first.sent).toBeGreaterThan(0);
    expect(first.sent).toBeLessThan(300);
    expect((await playUntil({})).sent).toBe(300 - first.sent);
    const { byVersion } = statistics();
    expect(Object.keys(byVersion).sort()).toEqual(['1', '2']);
    expect(byVersion['1']! + byVersion['2']!).toBe(300);
  });

  it('counts requests that were not answered, and sends no label for them', async () => {
    await setTraffic(gateway.url, only('1'), { model });
    const url = gateway.url;
    const { playUntil, statistics, finishLabels } = begin(flightPlan(20), url.replace(/:\d+$/, ':9'));
    expect(await playUntil({})).toMatchObject({ reason: 'end', sent: 0, failed: 20 });
    expect(await finishLabels()).toBe(0);
    expect(statistics().lastFailure).toContain('ECONNREFUSED');
  });

  it('does not hide a failure of the caller or of the log', async () => {
    begin(flightPlan(50));
    const broken = () => Promise.reject(new Error('asked in vain'));
    await expect(traffic.playUntil({ until: broken, perSecond: 20 })).rejects.toThrow('asked in vain');
    const refusing = createTraffic({
      gatewayUrl: gateway.url,
      model,
      log: { publish: () => Promise.reject(new Error('no log')) },
      flights: flightPlan(50),
    });
    await expect(refusing.playUntil({})).rejects.toThrow('no log');
    refusing.close();
  });
});
