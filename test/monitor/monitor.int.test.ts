/**
 * Proves, with the real process on a real Kafka: killed in the middle and started again, the monitor sends the same drift
 * events as the fold alone, none missing; it refuses what is no event; and it shows its windows, metrics and health.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { driftEventsOf, type ClosedWindow } from '../../domain/drift/monitor/index.ts';
import { spec } from './core-fixture.ts';
import {
  numbersOf,
  openMonitorWorld,
  untilWindows,
  windowsOf,
  windowsOfTheFold,
  type MonitorWorld,
} from './monitor-world.ts';
import { syntheticProfile, syntheticTraffic } from './synthetic.ts';

const settings = { ...spec, minRows: 100, persistence: 2 };
const profile = syntheticProfile(1);
const traffic = syntheticTraffic(2, 16, 250, 5, 10);

let world: MonitorWorld;
beforeAll(async () => {
  world = await openMonitorWorld();
});
afterAll(() => world?.close());

test('killed three times in the middle, it sends every event of the fold, under the same ids, with the same numbers', async () => {
  const expected = windowsOfTheFold(traffic, settings, profile);
  await world.setWatch(settings, profile);
  const chunk = Math.ceil(traffic.length / 4);
  for (const [life, kill] of (['SIGKILL', 'SIGKILL', 'SIGKILL'] as const).entries()) {
    const monitor = await world.start();
    const before = (await windowsOf(monitor.url)).length;
    const publishing = world.publish(traffic.slice(life * chunk, (life + 1) * chunk));
    // In the middle of its work: some windows of this part of the traffic are closed, others are not.
    await untilWindows(monitor.url, before + 1 + life);
    await monitor.end(kill);
    await publishing;
  }
  const monitor = await world.start();
  await world.publish(traffic.slice(3 * chunk));
  const windows = await untilWindows(monitor.url, expected.length);
  expect(windows.map(numbersOf).sort()).toEqual(expected.map(numbersOf).sort());

  const evidence = { name: 'x', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'application/json' };
  const origin = { monitorId: 'live', toolVersion: '', environment: 'production', evidence };
  const announced = expected.flatMap((closed) => driftEventsOf(closed, origin));
  const sent = await world.sentEvents();
  expect([...new Set(sent.map(({ id }) => id))].sort()).toEqual(announced.map(({ id }) => id).sort());
  for (const { id, type, source, subject, partitionkey, data } of sent) {
    const wanted = announced.find((event) => event.id === id)!;
    expect({
      type,
      subject,
      verdict: data.verdict,
      severity: data.severity,
      measurements: data.measurements,
    }).toEqual({
      type: wanted.type,
      subject: wanted.subject,
      verdict: wanted.data.verdict,
      severity: wanted.data.severity,
      measurements: wanted.data.measurements,
    });
    expect({ source, partitionkey }).toEqual({ source: '/monitors/seatrial/live', partitionkey: 'flights' });
    const stored = await world.evidence.getJson<ClosedWindow>(data.evidence!.sha256);
    expect(stored.window.start).toBe(data.window.start);
  }
  const kinds = (type: string): string[] => [
    ...new Set(announced.filter((event) => event.type === type).map(({ data }) => data.kind)),
  ];
  expect(kinds(eventTypes.driftDetected)).toEqual(
    expect.arrayContaining(['data', 'prediction', 'performance']),
  );
  expect(kinds(eventTypes.driftCleared)).toEqual(
    expect.arrayContaining(['data', 'prediction', 'performance']),
  );
  await monitor.end('SIGTERM');
});

test('what is no event is refused and counted, and health stays well', async () => {
  const monitor = await world.start();
  await world.log.publish(topics.predictions, [
    { key: 'x', value: 'not json' },
    encodeEvent({
      id: 'far',
      source: '/test',
      type: eventTypes.prediction,
      time: '2099-01-01T00:00:00Z',
      data: { ...(traffic[0] as { prediction: object }).prediction, time: '2099-01-01T00:00:00Z' },
    }),
  ]);
  for (;;) {
    const metrics = await (await fetch(`${monitor.url}/metrics`)).text();
    if (/seatrial_monitor_refused_records_total\{topic="seatrial.predictions"\} 2/.test(metrics)) break;
    await sleep(100);
  }
  const health = await fetch(`${monitor.url}/health`);
  expect({ status: health.status, body: await health.json() }).toEqual({
    status: 200,
    body: { ok: true, detail: 'watching' },
  });
  await monitor.end('SIGTERM');
});
