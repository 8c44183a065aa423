import { encodeEvent } from '../../contracts/cloudevents.ts';
import type { LogRecord } from '../../adapters/kafka/index.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported, Severity } from '../../contracts/live-events.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import type { Random } from '../../domain/statistics/index.ts';

/** What a record was made to be, for the reference: nothing here was read by the code that is measured. */
export type Truth =
  | { readonly kind: 'poison'; readonly model: string }
  | {
      readonly kind: 'event';
      readonly model: string;
      /** Source and id. */
      readonly name: string;
      readonly version: string;
      readonly about: 'data' | 'performance' | 'feedback';
      readonly verdict: 'drift' | 'no_drift' | 'unresolved';
      readonly severity: Severity;
      /** Milliseconds of event time. */
      readonly start: number;
      readonly end: number;
    };

export interface Traffic {
  readonly records: readonly LogRecord[];
  readonly truths: readonly Truth[];
  readonly mix: Readonly<Record<string, number>>;
}

export interface TrafficOptions {
  readonly events: number;
  readonly models: number;
  readonly seed: number;
}

/** Names a record in its topic, whatever offset it gets. */
export const NUMBER_HEADER = 'x-bench-number';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
/** Event time that passes for each model in a run of any size, so that budgets of 30 days are used and freed. */
const SPAN = 75 * DAY;
/** Copies come within this many events of their model, well within what a model remembers. */
const COPY_WITHIN = 300;

export const modelName = (number: number): string => `model-${String(number).padStart(2, '0')}`;

type Event = Extract<Truth, { kind: 'event' }>;
type Kind =
  'good' | 'duplicate' | 'late' | 'out-of-order' | 'unresolved' | 'old-version' | 'future' | 'poison';

/** Shares of the kinds in a thousand. */
const shares: readonly (readonly [Kind, number])[] = [
  ['good', 700],
  ['duplicate', 90],
  ['late', 60],
  ['out-of-order', 60],
  ['unresolved', 15],
  ['old-version', 15],
  ['future', 10],
  ['poison', 50],
];

/** Mixed events of many models, in the order in which they are produced. The same seed gives the same. */
export function createTraffic({ events, models, seed }: TrafficOptions): Traffic {
  const random = createRandom(seed);
  const [records, truths]: [LogRecord[], Truth[]] = [[], []];
  const mix: Record<string, number> = {};
  const pasts = new Map<string, Event[]>();
  for (let number = 0; number < events; number += 1) {
    const kind = draw(random);
    const model = modelName(random.integer(models));
    const past = pasts.get(model) ?? [];
    pasts.set(model, past);
    const progress = BEGIN + (number / events) * SPAN;
    const truth: Truth =
      kind === 'poison' ? { kind, model } : eventOf(kind, model, number, progress, past, random);
    if (truth.kind === 'event') past.push(truth);
    truths.push(truth);
    records.push(recordOf(truth, number, random));
    mix[kind] = (mix[kind] ?? 0) + 1;
  }
  return { records, truths, mix };
}

function draw(random: Random): Kind {
  let ticket = random.integer(1000);
  for (const [kind, share] of shares) {
    if (ticket < share) return kind;
    ticket -= share;
  }
  return 'good';
}

function eventOf(
  kind: Exclude<Kind, 'poison'>,
  model: string,
  number: number,
  progress: number,
  past: readonly Event[],
  random: Random,
): Event {
  if (kind === 'duplicate' && past.length > 0) {
    const recent = past.slice(-COPY_WITHIN);
    return recent[random.integer(recent.length)]!;
  }
  const back =
    kind === 'late'
      ? (2 + random.integer(20)) * DAY
      : kind === 'out-of-order'
        ? random.integer(36) * HOUR
        : 0;
  // Far beyond any clock that this runs on.
  const ahead = kind === 'future' ? 50_000 * DAY : 0;
  const end = Math.floor((progress - back + ahead) / HOUR) * HOUR;
  const verdict = kind === 'unresolved' ? 'unresolved' : random.next() < 0.25 ? 'no_drift' : 'drift';
  return {
    kind: 'event',
    model,
    name: `run-${number}`,
    version: kind === 'old-version' ? '0' : '1',
    about: (['data', 'performance', 'performance', 'feedback'] as const)[random.integer(4)]!,
    verdict,
    severity: (['info', 'warning', 'critical'] as const)[random.integer(3)]!,
    start: end - DAY,
    end,
  };
}

const types = {
  drift: eventTypes.driftDetected,
  no_drift: eventTypes.driftCleared,
  unresolved: eventTypes.driftUnresolved,
} as const;

function recordOf(truth: Truth, number: number, random: Random): LogRecord {
  const numbered = (record: LogRecord): LogRecord => ({
    ...record,
    headers: { ...record.headers, [NUMBER_HEADER]: String(number) },
  });
  if (truth.kind === 'poison') return numbered(poisonOf(truth.model, random));
  const { model, name, version, about, verdict, severity, start, end } = truth;
  const drifted = verdict === 'drift';
  const value = drifted ? 0.59 : 0.49;
  const data: DriftReported = {
    model: { name: model, version, environment: 'production' },
    monitor: { tool: 'bench', toolVersion: '1', id: 'watch' },
    kind: about,
    verdict,
    severity,
    window: { start: new Date(start).toISOString(), end: new Date(end).toISOString(), rows: 600 },
    reference: { id: 'train' },
    measurements: [
      { scope: 'dataset', name: null, metric: 'log-loss', value, threshold: 0.54, driftWhen: 'gt', drifted },
    ],
  };
  const source = '/monitors/bench/watch';
  const time = new Date(Math.min(end, Date.now())).toISOString();
  return numbered(encodeEvent({ id: name, source, type: types[verdict], time, partitionkey: model, data }));
}

/** Seven ways to be no drift event; each is small, since 5 % of the traffic is. */
function poisonOf(model: string, random: Random): LogRecord {
  const headers = {
    ce_specversion: '1.0',
    ce_id: 'poison',
    ce_source: '/monitors/bench/watch',
    ce_type: eventTypes.driftDetected,
    ce_time: '2026-01-01T00:00:00Z',
    'content-type': 'application/json',
  };
  const kinds: LogRecord[] = [
    { key: model, value: '{"model": ', headers },
    { key: model, value: '{"value": NaN}', headers },
    { key: model, value: Buffer.from([0x7b, 0xff, 0x7d]), headers },
    { key: model, value: null, headers },
    { key: model, value: '{"__proto__":{"admin":true}}', headers },
    { key: model, value: '{}', headers: { ...headers, ce_type: 'dev.seatrial.drift.detected.v9' } },
    { key: model, value: '{"model":{"name":"Not A Name"}}', headers },
  ];
  return kinds[random.integer(kinds.length)]!;
}
