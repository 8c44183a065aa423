// Proves the order of effects in a slice with scripted answers of Temporal: folding within limits and in offset order, one
// signal a model at a time, waiting from the first unsettled record, dead letters once, each record in one bucket.
import { expect, test } from 'vitest';
import type { LogRecord, ReceivedRecord, SliceOutcome } from '../../adapters/kafka/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { createDeadLetters } from '../../services/ingest/dead-letters.ts';
import { judge } from '../../services/ingest/deliver.ts';
import type { Delivery } from '../../services/ingest/deliver.ts';
import { batchLimits, foldByModel } from '../../services/ingest/fold.ts';
import type { ModelBatch } from '../../services/ingest/fold.ts';
import { createMetrics } from '../../services/ingest/metrics.ts';
import { readEvent } from '../../services/ingest/read-event.ts';
import type { Accepted } from '../../services/ingest/read-event.ts';
import { createSliceSettler } from '../../services/ingest/settle-slice.ts';
import { drift, driftRecord, received } from './events.ts';

process.env['LOG_LEVEL'] ??= 'silent';

const event = (model: string, offset: number): ReceivedRecord =>
  received(driftRecord(`run-${offset}`, drift(model)), offset);
const poison = (offset: number): ReceivedRecord => received({ key: 'k', value: 'poison' }, offset);

function bench(answer: (batch: ModelBatch) => Delivery | Promise<Delivery>): {
  settle: (records: ReceivedRecord[]) => Promise<SliceOutcome>;
  sent: { model: string; offsets: number[] }[];
  letters: LogRecord[];
  buckets: () => Promise<Record<string, number>>;
} {
  const sent: { model: string; offsets: number[] }[] = [];
  const letters: LogRecord[] = [];
  const metrics = createMetrics(() => Promise.resolve(0));
  const log = {
    publish: async (_topic: string, records: readonly LogRecord[]) => void letters.push(...records),
    // No other ingest has written any.
    offsets: async () => [],
    readRange: async () => {},
  };
  const settle = createSliceSettler({
    stream: 'cluster/topic',
    deliver: async (batch) => {
      sent.push({ model: batch.model, offsets: batch.batch.events.map(({ offset }) => offset) });
      return answer(batch);
    },
    deadLetters: createDeadLetters(log as never, 'dlq', 'test'),
    metrics,
    log: createLogger('test'),
  });
  return {
    settle: (records) => settle({ topic: 't', partition: 0, records, signal: new AbortController().signal }),
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

test('batches of one model stay within the limits and are sent one after the other', async () => {
  let inFlight = 0;
  const { settle, sent } = bench(async () => {
    expect(++inFlight).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight--;
    return delivered;
  });
  await settle(Array.from({ length: 250 }, (_, offset) => event('a', offset)));
  expect(sent.map(({ offsets }) => offsets.length)).toEqual([100, 100, 50]);
  expect(sent.flatMap(({ offsets }) => offsets)).toEqual(Array.from({ length: 250 }, (_, offset) => offset));
});

test('a batch never has more than 64 KB', () => {
  const accepted = Array.from({ length: 100 }, (_, offset) => {
    const reading = readEvent(event('a', offset));
    if (!reading.ok) throw new Error('refused');
    const long: Accepted = {
      ...reading.accepted,
      summary: { ...reading.accepted.summary, id: 'ü'.repeat(256), headline: 'x'.repeat(1_000) },
    };
    return long;
  });
  const [batches] = foldByModel(accepted, 's', 0);
  expect(batches!.length).toBeGreaterThan(1);
  for (const { batch } of batches!)
    expect(Buffer.byteLength(JSON.stringify(batch.events))).toBeLessThanOrEqual(batchLimits.bytes);
  expect(batches!.flatMap(({ batch }) => batch.events.map(({ offset }) => offset))).toEqual(
    accepted.map(({ summary }) => summary.offset),
  );
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
