import { encodeEvent } from '../../contracts/cloudevents.ts';
import type { LogRecord, ReceivedRecord } from '../../adapters/kafka/index.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported, Measurement } from '../../contracts/live-events.ts';

export const psi: Measurement = {
  scope: 'feature',
  name: 'dep_hour',
  metric: 'psi',
  value: 0.31,
  threshold: 0.2,
  driftWhen: 'gt',
  drifted: true,
};

export function drift(model: string, changes: Partial<DriftReported> = {}): DriftReported {
  return {
    model: { name: model, version: '1', environment: 'production' },
    monitor: { tool: 'seatrial', toolVersion: '0.1.0', id: 'watch' },
    kind: 'data',
    verdict: 'drift',
    severity: 'warning',
    window: { start: '2013-06-01T00:00:00Z', end: '2013-06-08T00:00:00Z', rows: 600 },
    reference: { id: 'train-2013-02' },
    measurements: [psi],
    ...changes,
  };
}

/** A valid drift event as a record; `changes` go to its attributes. */
export function driftRecord(
  id: string,
  data: DriftReported,
  changes: { type?: string; dataschema?: string } = {},
): LogRecord {
  return encodeEvent({
    id,
    source: '/monitors/seatrial/watch',
    type: eventTypes.driftDetected,
    time: '2013-06-08T00:00:00Z',
    partitionkey: data.model.name,
    data,
    ...changes,
  });
}

/** The same as it comes out of the log. */
export function received(record: LogRecord, offset = 0, partition = 0): ReceivedRecord {
  const bytes = (part: Buffer | string | null): Buffer | null => (part === null ? null : Buffer.from(part));
  return {
    topic: 'seatrial.drift',
    partition,
    offset,
    timestamp: 1_370_000_000_000,
    key: bytes(record.key),
    value: bytes(record.value),
    headers: { ...record.headers },
  };
}
