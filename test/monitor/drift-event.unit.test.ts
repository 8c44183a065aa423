/** Proves that what a closed window announces becomes valid drift events whose ids are the same when it is closed again. */
import { expect, test } from 'vitest';
import { driftReported } from '../../contracts/schemas/live-events.ts';
import { driftEventsOf, type ClosedWindow } from '../../domain/drift/monitor/index.ts';
import { memoryLog, label, prediction, watching } from './core-fixture.ts';

const origin = {
  monitorId: 'live',
  toolVersion: '0.1.0',
  environment: 'production',
  evidence: { name: 'window.json', sha256: 'a'.repeat(64), bytes: 10, mediaType: 'application/json' },
};

function closedWindows(): ClosedWindow[] {
  const log = memoryLog();
  const { closed, feed } = watching();
  for (let i = 0; i < 4; i++) log.predict(prediction(`a${i}`, i, { score: 0.9 }));
  for (let i = 0; i < 3; i++) log.label(label(`a${i}`, 10, 1));
  log.predict(prediction('z', 40));
  log.label(label('z', 50));
  feed(log.inputs);
  return closed;
}

test('each announced finding is one event, with what a consumer needs', () => {
  const events = closedWindows().flatMap((closed) => driftEventsOf(closed, origin));
  expect(events.map(({ id, type, time, subject }) => ({ id, type, time, subject }))).toEqual([
    {
      id: 'flights/1.0.0/prediction/2013-02-28T00:00:00.000Z/2013-03-01T00:00:00.000Z',
      type: 'dev.seatrial.drift.detected.v1',
      time: '2013-03-01T00:00:00.000Z',
      subject: 'models/flights/versions/1.0.0',
    },
    {
      id: 'flights/1.0.0/performance/2013-02-28T00:00:00.000Z/2013-03-01T00:00:00.000Z',
      type: 'dev.seatrial.drift.detected.v1',
      time: '2013-03-01T00:00:00.000Z',
      subject: 'models/flights/versions/1.0.0',
    },
  ]);
  for (const { data } of events) expect(driftReported.parse(data)).toEqual(data);
  expect(events.map(({ data }) => [data.severity, data.verdict, data.window.rows])).toEqual([
    ['warning', 'drift', 4],
    ['critical', 'drift', 3],
  ]);
});

test('the same window closed again is the same events', () => {
  const first = closedWindows().flatMap((closed) => driftEventsOf(closed, origin));
  const second = closedWindows().flatMap((closed) => driftEventsOf(closed, origin));
  expect(second).toEqual(first);
});

test('no more measurements than the schema allows, the drifted ones kept', () => {
  const closed = closedWindows()[0]!;
  const finding = closed.findings[0]!;
  const measurement = finding.measurements[0]!;
  const many = Array.from({ length: 300 }, (_, i) => ({ ...measurement, name: `f${i}`, drifted: i >= 290 }));
  const crowded = { ...closed, findings: [{ ...finding, measurements: many }] };
  const { measurements } = driftEventsOf(crowded, origin)[0]!.data;
  expect(measurements).toHaveLength(200);
  expect(measurements.filter(({ drifted }) => drifted)).toHaveLength(10);
});
