/** Drift as the ingest hands it to a model's workflow. */
import type { DriftBatch, DriftFold, DriftSummary } from '../../contracts/messages.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';

export function driftEvent(offset: number, more: Partial<DriftSummary> = {}): DriftSummary {
  return {
    offset,
    id: `drift-${offset}`,
    version: '1',
    kind: 'performance',
    verdict: 'drift',
    severity: 'critical',
    windowStart: '2013-06-09T00:00:00.000Z',
    windowEnd: '2013-06-16T00:00:00.000Z',
    headline: 'log-loss 0.59 > 0.54',
    ...more,
  };
}

export function driftBatch(...events: readonly DriftSummary[]): DriftBatch {
  return { v: 1, stream: 'test-cluster/seatrial.drift', partition: 0, events };
}

/** The same in today's shape; like the ingest, it says once what several events say. */
export function driftFold(...events: readonly DriftSummary[]): DriftFold {
  const { stream, partition } = driftBatch();
  const from = events[0]?.offset ?? 0;
  const names = events.map(({ offset: _, id: __, headline: ___, ...said }) => JSON.stringify(said));
  const firsts = names.flatMap((name, index) => (names.indexOf(name) === index ? [index] : []));
  return {
    v: 2,
    stream,
    partition,
    from,
    to: events.at(-1)?.offset ?? from,
    count: events.length,
    worst: null,
    statements: firsts.map((index) => {
      const { offset: _, ...statement } = events[index]!;
      return statement;
    }),
    events: {
      at: events.map(({ offset }) => offset - from),
      key: events.map(({ id }) => id),
      says: names.map((name) => firsts.indexOf(names.indexOf(name))),
    },
  };
}

/** Critical drift retrains at once, again after two weeks of event time, at most twice in thirty days. */
export const retraining: RetrainingSpec = {
  policy: { minSeverity: 'critical', coolDownHours: 336, budgetPer30Days: 2 },
  trainer: {
    command: ['train'],
    dataCommand: ['window'],
    cwd: '.',
    seed: 7,
    arguments: ['--quick'],
    timeoutSeconds: 60,
  },
  trainedUntil: '2013-03-01T00:00:00.000Z',
  windowDays: 60,
};
