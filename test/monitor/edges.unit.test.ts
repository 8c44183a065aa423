/** Proves what the monitor's process refuses at its edges: settings that are wrong, and records that are no event of their topic. */
import { describe, expect, test } from 'vitest';
import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { readRecord } from '../../services/monitor/read-record.ts';
import { monitorSettings } from '../../services/monitor/settings.ts';
import { label, prediction } from './core-fixture.ts';

describe('settings', () => {
  test('the evidence folder is enough', () => {
    expect(monitorSettings({ EVIDENCE_DIR: 'evidence' })).toMatchObject({
      id: 'live',
      healthPort: 0,
      partitions: undefined,
      timing: { latenessHours: 6, labelLatenessHours: 24 },
    });
    expect(monitorSettings({ EVIDENCE_DIR: 'e', MONITOR_PARTITIONS: '0, 2,2' }).partitions).toEqual([0, 2]);
  });
  test.each([
    [{}, 'EVIDENCE_DIR'],
    [{ MONITOR_ID: 'No Name' }, 'MONITOR_ID'],
    [{ HEALTH_PORT: '70000' }, 'HEALTH_PORT'],
    [{ MONITOR_LATENESS_HOURS: '-1' }, 'MONITOR_LATENESS_HOURS'],
    [{ MONITOR_LABEL_SHARE: 'all' }, 'MONITOR_LABEL_SHARE'],
    [{ MONITOR_PARTITIONS: '1,,2' }, 'MONITOR_PARTITIONS'],
  ])('%o is refused, and the variable named', (env, name) => {
    const given = name === 'EVIDENCE_DIR' ? env : { EVIDENCE_DIR: 'evidence', ...env };
    expect(() => monitorSettings(given)).toThrow(name);
  });
});

describe('records', () => {
  const record = (topic: string, type: string, data: unknown, timestamp: number): ReceivedRecord => {
    const { key, value, headers } = encodeEvent({
      id: '1',
      source: '/test',
      type,
      time: '2013-03-01T00:00:00Z',
      data,
    });
    const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
    return { topic, partition: 0, offset: 0, timestamp, key: bytes(key), value: bytes(value), headers };
  };
  const now = Date.parse('2026-01-01T00:00:00Z');
  const flight = prediction('a', 0);

  test('a prediction and a label of the past are read', () => {
    expect(readRecord(record(topics.predictions, eventTypes.prediction, flight, now), 24)).toEqual({
      kind: 'prediction',
      prediction: flight,
    });
    expect(readRecord(record(topics.labels, eventTypes.label, label('a', 1), now), 24)).toMatchObject({
      kind: 'label',
    });
  });

  test.each([
    ['another topic', record(topics.labels, eventTypes.prediction, flight, now)],
    ['a field too many', record(topics.predictions, eventTypes.prediction, { ...flight, email: 'a@b' }, now)],
    ['a score beyond 1', record(topics.predictions, eventTypes.prediction, { ...flight, score: 1.5 }, now)],
    [
      'a time ahead',
      record(topics.predictions, eventTypes.prediction, flight, Date.parse('2013-02-26T00:00:00Z')),
    ],
    ['no JSON', { ...record(topics.labels, eventTypes.label, {}, now), value: Buffer.from('{') }],
    ['no value', { ...record(topics.labels, eventTypes.label, {}, now), value: null }],
  ])('%s is refused with a reason', (_, received) => {
    const read = readRecord(received, 24);
    expect(read.kind).toBe('refused');
    expect(read.kind === 'refused' && read.reason.length > 10).toBe(true);
  });

  test('a tombstone on the watch topic ends the watch of its key', () => {
    const tombstone = {
      ...record(topics.watch, eventTypes.watch, {}, now),
      key: Buffer.from('flights'),
      value: null,
    };
    expect(readRecord(tombstone, 24)).toEqual({ kind: 'watch', model: 'flights', watch: null });
  });
});
