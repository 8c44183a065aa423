// Proves how small calls are gathered: limits of records and bytes, order, one request at a time, and that a failure that
// is one caller's own fault reaches that caller only.
import { expect, test } from 'vitest';
import { createBatcher } from '../../adapters/kafka/batcher.ts';
import type { BatchEntry, BatcherOptions } from '../../adapters/kafka/batcher.ts';
import { LogError } from '../../adapters/kafka/index.ts';

const record = (value: string): { key: string; value: string } => ({ key: 'k', value });

function batcherWith(
  send: BatcherOptions['send'],
  limits: Partial<BatcherOptions> = {},
): ReturnType<typeof createBatcher> {
  return createBatcher({ send, maxRecords: 10, maxBytes: 10_000, lingerMs: 5, maxQueued: 100, ...limits });
}

const valuesOf = (entries: readonly BatchEntry[]): string[] =>
  entries.flatMap(({ records }) => records.map(({ value }) => String(value)));

test('calls in one moment share requests of at most maxRecords, in order, one after the other', async () => {
  const requests: string[][] = [];
  let inFlight = 0;
  const batcher = batcherWith(async (entries) => {
    expect(++inFlight).toBe(1);
    requests.push(valuesOf(entries));
    await new Promise((resolve) => setTimeout(resolve, 1));
    inFlight--;
  });
  await Promise.all(Array.from({ length: 25 }, (_, index) => batcher.publish('t', [record(String(index))])));
  expect(requests.map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(requests.flat()).toEqual(Array.from({ length: 25 }, (_, index) => String(index)));
});

test('one large call is split, and resolves when its last part is written', async () => {
  const requests: string[][] = [];
  const batcher = batcherWith(async (entries) => void requests.push(valuesOf(entries)));
  await batcher.publish(
    't',
    Array.from({ length: 25 }, (_, index) => record(String(index))),
  );
  expect(requests.map(({ length }) => length)).toEqual([10, 10, 5]);
});

test('bytes bound a request; a record above the bound goes alone', async () => {
  const requests: number[] = [];
  const batcher = batcherWith(async (entries) => void requests.push(valuesOf(entries).length), {
    maxBytes: 1_000,
  });
  await Promise.all([
    batcher.publish('t', [record('a'.repeat(600)), record('b'.repeat(600))]),
    batcher.publish('t', [record('c'.repeat(5_000))]),
    batcher.publish('t', [record('d')]),
  ]);
  expect(requests).toEqual([1, 1, 1, 1]);
});

test('what one caller did wrong fails that caller only', async () => {
  const batcher = batcherWith(async (entries) => {
    if (valuesOf(entries).includes('bad')) throw new LogError('too-large', 'too large');
  });
  const results = await Promise.allSettled(
    ['good', 'bad', 'fine'].map((value) => batcher.publish('t', [record(value)])),
  );
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('an absent broker fails everybody in the request, and the next request is tried', async () => {
  let down = true;
  const batcher = batcherWith(async () => {
    if (down) throw new LogError('unavailable', 'no broker');
  });
  const results = await Promise.allSettled(['a', 'b'].map((value) => batcher.publish('t', [record(value)])));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  down = false;
  await batcher.publish('t', [record('c')]);
});

test('a full queue refuses instead of growing', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const batcher = batcherWith(() => gate, { maxQueued: 20 });
  const kept = Array.from({ length: 20 }, () => batcher.publish('t', [record('x')]));
  await expect(batcher.publish('t', [record('y')])).rejects.toMatchObject({
    code: 'queue-full',
    retryable: true,
  });
  release();
  await Promise.all(kept);
});

test('close sends what waits and refuses what comes later', async () => {
  const sent: string[] = [];
  const batcher = batcherWith(async (entries) => void sent.push(...valuesOf(entries)), { lingerMs: 10_000 });
  const waiting = batcher.publish('t', [record('last')]);
  await batcher.close();
  await waiting;
  expect(sent).toEqual(['last']);
  await expect(batcher.publish('t', [record('late')])).rejects.toMatchObject({ code: 'closed' });
});
