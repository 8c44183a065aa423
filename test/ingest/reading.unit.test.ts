// Proves what ingest makes of one record: a short summary without feature values, `unresolved` for whatever contradicts
// itself, a refusal with a stable code for whatever is no drift event, and a dead letter that keeps key and value.
import { expect, test } from 'vitest';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported } from '../../contracts/live-events.ts';
import { deadLetter } from '../../services/ingest/dead-letters.ts';
import { headlineOf } from '../../services/ingest/drift-summary.ts';
import { readEvent } from '../../services/ingest/read-event.ts';
import { drift, driftRecord, psi, received } from './events.ts';

const summaryOf = (data: DriftReported, type?: string): unknown => {
  const reading = readEvent(received(driftRecord('run-1', data, type === undefined ? {} : { type }), 7));
  return reading.ok ? reading.accepted.summary : reading.refused.refusal;
};

test('a drift event becomes a summary with its offset, in UTC', () => {
  expect(
    summaryOf(
      drift('delays', {
        window: { start: '2013-06-01T02:00:00+02:00', end: '2013-06-08T00:00:00Z', rows: 9 },
      }),
    ),
  ).toEqual({
    offset: 7,
    id: 'run-1',
    source: '/monitors/seatrial/watch',
    version: '1',
    kind: 'data',
    verdict: 'drift',
    severity: 'warning',
    windowStart: '2013-06-01T00:00:00.000Z',
    windowEnd: '2013-06-08T00:00:00.000Z',
  });
});

test.each([
  ['type and verdict disagree', drift('m', { verdict: 'no_drift' }), eventTypes.driftDetected],
  ['drift without a measurement', drift('m', { measurements: [] }), eventTypes.driftDetected],
  [
    'drift that no measurement claims',
    drift('m', { measurements: [{ ...psi, drifted: false }] }),
    eventTypes.driftDetected,
  ],
  [
    'drift that its own numbers deny',
    drift('m', { measurements: [{ ...psi, value: 0.1 }] }),
    eventTypes.driftDetected,
  ],
  [
    'a low psi read as a low p-value',
    drift('m', { measurements: [{ ...psi, driftWhen: 'lt' }] }),
    eventTypes.driftDetected,
  ],
])('%s is unresolved', (_what, data, type) => {
  expect(summaryOf(data, type)).toMatchObject({ verdict: 'unresolved' });
});

test('a low p-value and a high index both mean drift', () => {
  const pValue = { ...psi, metric: 'p-value', value: 0.001, threshold: 0.05, driftWhen: 'lt' as const };
  expect(summaryOf(drift('m', { measurements: [pValue] }))).toMatchObject({ verdict: 'drift' });
  expect(
    summaryOf(drift('m', { verdict: 'no_drift', measurements: [] }), eventTypes.driftCleared),
  ).toMatchObject({ verdict: 'no_drift' });
});

test('the headline is what spoke loudest: what drifted before what did not, then the larger excess', () => {
  const quiet = { ...psi, name: 'carrier', value: 0.21 };
  const loud = { ...psi, name: 'origin', value: 0.9 };
  const notDrifted = { ...psi, name: 'dest', value: 9, drifted: false };
  expect(headlineOf([quiet, loud, notDrifted])).toBe('psi of origin 0.9 > 0.2');
  const loss = { ...psi, name: null, metric: 'log-loss', value: 0.58999, threshold: 0.54 };
  expect(headlineOf([loss])).toBe('log-loss 0.59 > 0.54');
  expect(headlineOf([{ ...loss, value: 0.5, drifted: false }])).toBe('log-loss 0.5 ≤ 0.54');
  expect(headlineOf([])).toBe('no measurements');
});

const json = (
  record: ReturnType<typeof driftRecord>,
  edit: (data: Record<string, unknown>) => void,
): typeof record => {
  const data = JSON.parse(String(record.value)) as Record<string, unknown>;
  edit(data);
  return { ...record, value: JSON.stringify(data) };
};
const good = driftRecord('run-1', drift('delays'));

test.each([
  ['not-json', { ...good, value: 'not json' }],
  ['tombstone', { ...good, value: null }],
  ['too-large', { ...good, value: `"${'x'.repeat(1_048_576)}"` }],
  ['unknown-type', driftRecord('1', drift('m'), { type: 'com.example.other' })],
  ['schema-version', driftRecord('1', drift('m'), { type: 'dev.seatrial.drift.detected.v2' })],
  ['schema-version', driftRecord('1', drift('m'), { dataschema: 'urn:seatrial:schema:drift-report:9' })],
  ['bad-attribute', driftRecord('x'.repeat(513), drift('m'))],
  ['bad-model', driftRecord('1', drift('No Such Name'))],
  ['bad-model', json(good, (data) => delete data['model'])],
  ['bad-data', json(good, (data) => (data['verdict'] = 'maybe'))],
  ['bad-data', json(good, (data) => (data['histogram'] = [1, 2, 3]))],
  ['bad-data', { ...good, value: String(good.value).replace('0.31', '1e999') }],
  ['bad-data', driftRecord('1', drift('m', { measurements: Array.from({ length: 201 }, () => psi) }))],
  [
    'bad-data',
    driftRecord(
      '1',
      drift('m', { window: { start: '2013-07-01T00:00:00Z', end: '2013-06-01T00:00:00Z', rows: 1 } }),
    ),
  ],
])('refuses as %s (%#)', (code, record) => {
  const reading = readEvent(received(record));
  expect(reading.ok ? 'accepted' : reading.refused.refusal.code).toBe(code);
});

test('a dead letter keeps key, value and headers, and says where it came from and why', () => {
  const record = { ...received({ ...good, value: 'not json' }, 42, 3), key: Buffer.from([0xff, 0]) };
  const reading = readEvent(record);
  if (reading.ok) throw new Error('was accepted');
  const letter = deadLetter(reading.refused, 'seatrial-ingest');
  expect(letter.key).toEqual(record.key);
  expect(letter.value).toEqual(record.value);
  expect(letter.headers).toMatchObject({
    ...good.headers,
    '__connect.errors.topic': 'seatrial.drift',
    '__connect.errors.partition': '3',
    '__connect.errors.offset': '42',
    '__connect.errors.stage': 'VALUE_CONVERTER',
    'x-seatrial-error-code': 'not-json',
    'x-seatrial-original-timestamp': '2013-05-31T11:33:20.000Z',
  });
});
