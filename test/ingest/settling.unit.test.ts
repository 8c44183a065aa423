// Proves the order of effects in a slice with scripted answers of Temporal: folding within limits and in offset order, one
// signal a model at a time, waiting from the first unsettled record, dead letters once, each record in one bucket.
import { expect, test } from 'vitest';
import type { LogRecord, ReceivedRecord, Slice, SliceOutcome } from '../../adapters/kafka/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { createDeadLetters } from '../../services/ingest/dead-letters.ts';
import { judge } from '../../services/ingest/deliver.ts';
import type { Delivery } from '../../services/ingest/deliver.ts';
import { SliceFold, foldLimits } from '../../services/ingest/fold.ts';
import type { ModelFold } from '../../services/ingest/fold.ts';
import { createMetrics } from '../../services/ingest/metrics.ts';
import { readEvent } from '../../services/ingest/read-event.ts';
import type { Accepted } from '../../services/ingest/read-event.ts';
import { createSliceSettler } from '../../services/ingest/settle-slice.ts';
import { drift, driftRecord, received, psi } from './events.ts';

process.env['LOG_LEVEL'] ??= 'silent';

const event = (model: string, offset: number): ReceivedRecord =>
  received(driftRecord(`run-${offset}`, drift(model)), offset);
const poison = (offset: number): ReceivedRecord => received({ key: 'k', value: 'poison' }, offset);

const offsetsOf = ({ fold: { from, events } }: ModelFold): number[] =>
  events.at.map((distance) => from + distance);

const foldOf = (accepted: readonly Accepted[], stream: string, partition: number): ModelFold[][] => {
  const slice = new SliceFold();
  for (const one of accepted) slice.add(one);
  return slice.models(stream, partition);
};

function bench(answer: (fold: ModelFold) => Delivery | Promise<Delivery>): {
  settle: (records: readonly ReceivedRecord[], more?: Partial<Slice>) => Promise<SliceOutcome>;
  sent: { model: string; offsets: number[] }[];
  letters: LogRecord[];
  buckets: () => Promise<Record<string, number>>;
} {
  const sent: { model: string; offsets: number[] }[] = [];
  const letters: LogRecord[] = [];
  let topic: readonly ReceivedRecord[] = [];
  const metrics = createMetrics(() => Promise.resolve(0));
  const log = {
    publish: async (_topic: string, records: readonly LogRecord[]) => void letters.push(...records),
    // No other ingest has written any.
    offsets: async () => [],
    readRange: async () => {},
  };
  const settle = createSliceSettler({
    stream: 'cluster/topic',
    deliver: async (one) => {
      sent.push({ model: one.model, offsets: offsetsOf(one) });
      return answer(one);
    },
    deadLetters: createDeadLetters(log as never, 'dlq', 'test'),
    fetchAgain: async (_topic, _partition, offsets) => topic.filter(({ offset }) => offsets.includes(offset)),
    metrics,
    log: createLogger('test'),
  });
  return {
    settle: (records, more) => {
      topic = records;
      const { signal } = new AbortController();
      const turn = Promise.resolve(true);
      return settle({ topic: 't', partition: 0, records: [...records], turn, signal, ...more });
    },
    sent,
    letters,
    buckets: async () => {
      const counter = await metrics.registry.getSingleMetric('seatrial_ingest_events_total')!.get();
      return Object.fromEntries(counter.values.map(({ labels, value }) => [String(labels['bucket']), value]));
    },
  };
}

const delivered: Delivery = { kind: 'delivered' };
const away: Delivery = { kind: 'wait', reason: 'away' };

test('one signal a model, in offset order, poison aside', async () => {
  const { settle, sent, letters, buckets } = bench(() => delivered);
  const outcome = await settle([event('a', 0), event('b', 1), poison(2), event('a', 3)]);
  expect(outcome).toEqual({ kind: 'done' });
  expect(sent).toEqual([
    { model: 'a', offsets: [0, 3] },
    { model: 'b', offsets: [1] },
  ]);
  expect(letters).toHaveLength(1);
  expect(await buckets()).toEqual({ signalled: 3, dead_lettered: 1, redelivered: 0 });
});

test('signals of one model stay within the limits and are sent one after the other', async () => {
  let inFlight = 0;
  const { settle, sent } = bench(async () => {
    expect(++inFlight).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight--;
    return delivered;
  });
  await settle(Array.from({ length: 4_500 }, (_, offset) => event('a', offset)));
  expect(sent.map(({ offsets }) => offsets.length)).toEqual([2_000, 2_000, 500]);
  expect(sent.flatMap(({ offsets }) => offsets)).toEqual(
    Array.from({ length: 4_500 }, (_, offset) => offset),
  );
});

function acceptedOf(record: ReceivedRecord, changes: Partial<Accepted['summary']> = {}): Accepted {
  const reading = readEvent(record);
  if (!reading.ok) throw new Error('refused');
  return { ...reading.accepted, summary: { ...reading.accepted.summary, ...changes } };
}

test('events that say the same of one window are one statement; each keeps its offset and a key of its own', () => {
  const other = { kind: 'performance', severity: 'critical' } as const;
  const accepted = [4, 5, 7, 8].map((offset) => acceptedOf(event('a', offset), offset === 7 ? other : {}));
  const [[one] = []] = foldOf(accepted, 's', 3);
  const fold = one!.fold;
  expect(fold).toMatchObject({
    v: 2,
    stream: 's',
    partition: 3,
    from: 4,
    to: 8,
    count: 4,
    worst: 'critical',
  });
  expect(fold.statements.map(({ id, kind, headline }) => [id, kind, headline])).toEqual([
    ['run-4', 'data', 'psi of dep_hour 0.31 > 0.2'],
    ['run-7', 'performance', 'psi of dep_hour 0.31 > 0.2'],
  ]);
  expect(fold.events.at).toEqual([0, 1, 3, 4]);
  expect(fold.events.says).toEqual([0, 0, 1, 0]);
  expect(new Set(fold.events.key).size).toBe(4);
});

test('the key is of source and id: a copy has the same, another monitor that counts alike has not', () => {
  const at = (offset: number, source: string): Accepted =>
    acceptedOf(event('a', offset), { id: '1', source });
  const [[one] = []] = foldOf([at(0, '/a'), at(1, '/a'), at(2, '/b')], 's', 0);
  const [first, copy, other] = one!.fold.events.key;
  expect(copy).toBe(first);
  expect(other).not.toBe(first);
});

test('a signal never has more than 96 KiB, and hardly less where there is more to say', () => {
  const accepted = Array.from({ length: 400 }, (_, offset) => ({
    ...acceptedOf(event('a', offset), {
      id: `${offset}-${'ü'.repeat(250)}`,
      windowEnd: new Date(Date.UTC(2013, 0, 1, offset)).toISOString(),
    }),
    measurements: [{ ...psi, name: 'x'.repeat(200) }],
  }));
  const [folds = []] = foldOf(accepted, 's'.repeat(100), 0);
  const sizes = folds.map(({ fold }) => Buffer.byteLength(JSON.stringify(fold)));
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(foldLimits.bytes);
  for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThan(0.9 * foldLimits.bytes);
  expect(folds.flatMap(offsetsOf)).toEqual(accepted.map(({ record }) => record.offset));
});

test('while Temporal is away the slice waits from its first unsettled record, and dead letters are written once', async () => {
  let up = false;
  const { settle, letters, buckets } = bench(({ model }) => (up || model === 'a' ? delivered : away));
  const slice = [poison(0), event('a', 1), event('b', 2), event('a', 3), poison(4)];
  expect(await settle(slice)).toMatchObject({ kind: 'retryLater', doneThrough: 1 });
  const rest = slice.slice(2);
  for (let round = 0; round < 3; round++) {
    const outcome = await settle(rest);
    expect(outcome).toMatchObject({ kind: 'retryLater' });
    expect(outcome).not.toHaveProperty('doneThrough');
  }
  up = true;
  expect(await settle(rest)).toEqual({ kind: 'done' });
  expect(letters.map(({ headers }) => headers!['__connect.errors.offset'])).toEqual(['0', '4']);
  expect(await buckets()).toEqual({ signalled: 3, dead_lettered: 2, redelivered: 0 });
});

test('a slice that is read ahead has no effect before its turn', async () => {
  const { settle, sent, letters, buckets } = bench(() => delivered);
  let take = (_turn: boolean): void => undefined;
  const turn = new Promise<boolean>((resolve) => (take = resolve));
  const settling = settle([poison(0), event('a', 1)], { turn });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([sent, letters]).toEqual([[], []]);
  take(true);
  expect(await settling).toEqual({ kind: 'done' });
  expect(sent).toEqual([{ model: 'a', offsets: [1] }]);
  expect(letters).toHaveLength(1);
  expect(await buckets()).toEqual({ signalled: 1, dead_lettered: 1, redelivered: 0 });
});

test('a slice whose turn does not come has no effect at all', async () => {
  const { settle, sent, letters, buckets } = bench(() => delivered);
  const slice = [poison(0), event('a', 1)];
  await settle(slice, { turn: Promise.resolve(false) });
  expect([sent, letters]).toEqual([[], []]);
  expect(await settle(slice)).toEqual({ kind: 'done' });
  expect(await buckets()).toEqual({ signalled: 1, dead_lettered: 1, redelivered: 0 });
});

test('the records of a slice are let go of once they are read', async () => {
  const { settle } = bench(() => delivered);
  const records = [event('a', 0), event('b', 1)];
  await settle(records, { records });
  expect(records).toEqual([]);
});

test('waiting grows from a tenth of a second and stays under five', async () => {
  const { settle } = bench(() => away);
  const waits: number[] = [];
  for (let round = 0; round < 12; round++) {
    const outcome = await settle([event('a', 0)]);
    waits.push(outcome.kind === 'retryLater' ? outcome.afterMs : NaN);
  }
  expect(waits[0]).toBeLessThanOrEqual(100);
  expect(waits[11]).toBeGreaterThan(3_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
});

test('what Temporal refuses for good goes to the dead letters, and the partition goes on', async () => {
  const { settle, letters, buckets } = bench(({ model }) =>
    model === 'b' ? { kind: 'refused', code: 'temporal-invalid-argument', reason: 'no' } : delivered,
  );
  expect(await settle([event('a', 0), event('b', 1), event('b', 2)])).toEqual({ kind: 'done' });
  expect(
    letters.map(({ headers }) => [headers!['__connect.errors.offset'], headers!['__connect.errors.stage']]),
  ).toEqual([
    ['1', 'TASK_PUT'],
    ['2', 'TASK_PUT'],
  ]);
  expect(await buckets()).toEqual({ signalled: 1, dead_lettered: 2, redelivered: 0 });
});

test('of what Temporal refuses for good and the topic has no more, the letter says so', async () => {
  const { settle, letters } = bench(() => ({
    kind: 'refused',
    code: 'temporal-already-exists',
    reason: 'no',
  }));
  const records = [event('a', 3)];
  const original = new Date(records[0]!.timestamp).toISOString();
  const settling = settle([], { records });
  expect(await settling).toEqual({ kind: 'done' });
  expect(letters).toMatchObject([
    {
      value: null,
      headers: {
        '__connect.errors.offset': '3',
        '__connect.errors.exception.message': 'no (the record itself is no longer in its topic)',
        'x-seatrial-original-timestamp': original,
      },
    },
  ]);
});

test('records whose commit was lost come again and are counted apart', async () => {
  const { settle, buckets } = bench(() => delivered);
  await settle([event('a', 0), event('a', 1)]);
  await settle([event('a', 0), event('a', 1), event('a', 2)]);
  expect(await buckets()).toEqual({ signalled: 3, dead_lettered: 0, redelivered: 2 });
});

test.each([
  ['wait', 14, 'unavailable'],
  ['wait', 4, 'deadline'],
  ['wait', 8, 'busy'],
  ['wait', 7, 'permission denied'],
  ['wait', 5, 'namespace not found'],
  ['wait', 3, 'exceeded workflow execution limit for signal events'],
  ['refused', 3, 'Blob data size exceeds limit.'],
  ['refused', 6, 'workflow is closed'],
])('%s for gRPC code %i, %s', (kind, code, details) => {
  expect(
    judge(Object.assign(new Error('wrapped'), { cause: Object.assign(new Error(), { code, details }) })),
  ).toMatchObject({ kind });
});

test('an error that is not from Temporal is not explained away', () => {
  expect(() => judge(new TypeError('ours'))).toThrow('ours');
});
