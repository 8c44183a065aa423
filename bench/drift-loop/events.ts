import type { LogRecord } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported } from '../../contracts/live-events.ts';

export interface ReportOptions {
  readonly model: string;
  readonly id: string;
  /** Milliseconds of event time. */
  readonly end: number;
  readonly drifted?: boolean;
  /** Whole measurements beside the one that counts, as a monitor of many features sends them. */
  readonly measurements?: number;
}

const DAY = 86_400_000;

/** Critical drift of performance, or that there is none, as our own monitor says it. */
export function report(options: ReportOptions): LogRecord {
  const { model, id, end, drifted = true, measurements = 1 } = options;
  const data: DriftReported = {
    model: { name: model, version: '1', environment: 'production' },
    monitor: { tool: 'bench', toolVersion: '1', id: 'watch' },
    kind: 'performance',
    verdict: drifted ? 'drift' : 'no_drift',
    severity: drifted ? 'critical' : 'info',
    window: { start: new Date(end - DAY).toISOString(), end: new Date(end).toISOString(), rows: 600 },
    reference: { id: 'train-2013-02' },
    measurements: Array.from({ length: measurements }, (_, n) => ({
      scope: 'dataset',
      name: n === 0 ? null : `slice-${n}`,
      metric: 'log-loss',
      value: drifted ? 0.59 : 0.49,
      threshold: 0.54,
      driftWhen: 'gt',
      drifted,
    })),
  };
  return encodeEvent({
    id,
    source: '/monitors/bench/watch',
    type: drifted ? eventTypes.driftDetected : eventTypes.driftCleared,
    time: new Date(end).toISOString(),
    partitionkey: model,
    data,
  });
}
