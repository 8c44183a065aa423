// Proves the rules of consuming on a real broker: commit after the slice, resume where it stopped, nothing lost when the
// broker is killed or frozen or members come and go, waiting in order, and no silent jump when offsets make no sense.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventLog, Slice, SliceOutcome } from '../../adapters/kafka/index.ts';
import { newTopic, startBroker, until } from './broker.ts';
import type { TestBroker } from './broker.ts';

let broker: TestBroker;
let log: EventLog;

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
});
afterAll(async () => {
  await log?.close();
  await broker?.destroy();
});

const done: SliceOutcome = { kind: 'done' };

async function fill(topic: string, count: number, from = 0): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => ({
    key: `k${(from + index) % 50}`,
    value: String(from + index),
  }));
  await log.publish(topic, records);
}

/** Notes what came, and that slices of one partition neither overlap in time nor leave a gap. */
class Witness {
  readonly values = new Map<string, number>();
  readonly next = new Map<number, number>();
  readonly problems: string[] = [];
  private readonly busy = new Set<number>();

  async take({ partition, records }: Slice, work: () => Promise<void>): Promise<void> {
    if (this.busy.has(partition)) this.problems.push(`partition ${partition} has two slices at once`);
    this.busy.add(partition);
    const first = records[0]!.offset;
    const expected = this.next.get(partition) ?? 0;
    if (first > expected) this.problems.push(`partition ${partition} jumps from ${expected} to ${first}`);
    await work();
    for (const { value, offset } of records) {
      this.values.set(String(value), (this.values.get(String(value)) ?? 0) + 1);
      this.next.set(partition, Math.max(this.next.get(partition) ?? 0, offset + 1));
    }
    this.busy.delete(partition);
  }

  get duplicates(): number {
    return [...this.values.values()].reduce((sum, count) => sum + count - 1, 0);
  }
}

test('a group goes on where it stopped, and what is committed does not come again', async () => {
  const topic = await newTopic(log, 3);
  const group = randomUUID();
  const witness = new Witness();
  const onSlice = async (slice: Slice): Promise<SliceOutcome> => {
    await witness.take(slice, async () => {});
    return done;
  };
  await fill(topic, 500);
  const first = await log.consume({ group, topics: [topic] }, onSlice);
  await until('the first 500 have come', () => witness.values.size === 500);
  await until('they are committed', async () => (await log.lag(group, [topic])) === 0);
  expect(first.health()).toMatchObject({ ok: true });
  await first.stop();

  await fill(topic, 200, 500);
  expect(await log.lag(group, [topic])).toBe(200);
  const second = await log.consume({ group, topics: [topic] }, onSlice);
  await until('all 700 have come', () => witness.values.size === 700);
  await until('the lag is gone', async () => (await log.lag(group, [topic])) === 0);
  await second.stop();
  expect(witness.duplicates).toBe(0);
  expect(witness.problems).toEqual([]);
});

test('slices have at most 100 records', async () => {
  const topic = await newTopic(log, 1);
  await fill(topic, 350);
  const sizes: number[] = [];
  const consumption = await log.consume({ group: randomUUID(), topics: [topic] }, async ({ records }) => {
    sizes.push(records.length);
    return done;
  });
  await until('all have come', () => sizes.reduce((sum, size) => sum + size, 0) === 350);
  await consumption.stop();
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
});

test('retryLater waits and comes again in order, from behind what is done', async () => {
  const topic = await newTopic(log, 1);
  const group = randomUUID();
  await fill(topic, 10);
  const seen: number[][] = [];
  let tries = 0;
  const consumption = await log.consume({ group, topics: [topic] }, async ({ records }) => {
    seen.push(records.map(({ offset }) => offset));
    tries++;
    if (tries === 1) return { kind: 'retryLater', afterMs: 200, doneThrough: 3 };
    if (tries <= 4) return { kind: 'retryLater', afterMs: 100 };
    return done;
  });
  await until('the slice is settled', async () => tries >= 5 && (await log.lag(group, [topic])) === 0);
  await consumption.stop();
  const rest = [4, 5, 6, 7, 8, 9];
  expect(seen).toEqual([[0, 1, 2, 3, ...rest], rest, rest, rest, rest]);
});

test('one waiting partition does not hold up the others', async () => {
  const topic = await newTopic(log, 3);
  await fill(topic, 300);
  const finished = new Map<number, number>();
  let waits = 0;
  const consumption = await log.consume(
    { group: randomUUID(), topics: [topic] },
    async ({ partition, records }) => {
      if (partition === 1) {
        waits++;
        return { kind: 'retryLater', afterMs: 100 };
      }
      finished.set(partition, (finished.get(partition) ?? 0) + records.length);
      return done;
    },
  );
  const offsets = await log.offsets(topic);
  await until('the others are through', () =>
    [0, 2].every((one) => finished.get(one) === offsets[one]!.high),
  );
  await until('the waiting one has tried several times', () => waits >= 3);
  await consumption.stop();
});

test('a handler that throws is tried again, loses nothing, and shows in health', async () => {
  const topic = await newTopic(log, 1);
  const group = randomUUID();
  await fill(topic, 5);
  let tries = 0;
  const consumption = await log.consume({ group, topics: [topic] }, async () => {
    if (++tries <= 2) throw new Error('handler broke');
    return done;
  });
  await until('it is settled', async () => (await log.lag(group, [topic])) === 0);
  expect(tries).toBe(3);
  expect(consumption.health().ok).toBe(true);
  await consumption.stop();
});

test('stop waits for the slice in hand and commits it', async () => {
  const topic = await newTopic(log, 1);
  const group = randomUUID();
  await fill(topic, 5);
  let started = false;
  let finished = false;
  const consumption = await log.consume({ group, topics: [topic] }, async ({ signal }) => {
    started = true;
    while (!signal.aborted) await sleep(10);
    await sleep(300);
    finished = true;
    return done;
  });
  await until('the slice is in hand', () => started);
  await consumption.stop();
  expect(finished).toBe(true);
  expect(await log.lag(group, [topic])).toBe(0);
});

test('members come and go while work is slow: nothing is lost, little comes twice, nothing overlaps', async () => {
  const topic = await newTopic(log, 6);
  const group = randomUUID();
  await fill(topic, 3_000);
  const witness = new Witness();
  const others = await Promise.all([broker.connect(), broker.connect()]);
  const join = (from: EventLog): ReturnType<EventLog['consume']> =>
    from.consume({ group, topics: [topic] }, async (slice) => {
      await witness.take(slice, () => sleep(150));
      return done;
    });
  const first = await join(log);
  await until('the first member works', () => witness.values.size > 100);
  const second = await join(others[0]!);
  await sleep(500);
  const third = await join(others[1]!);
  await sleep(1_000);
  await first.stop();
  await fill(topic, 1_000, 3_000);
  await until('everything has come', () => witness.values.size === 4_000);
  await second.stop();
  await third.stop();
  for (const other of others) await other.close();
  expect(witness.problems).toEqual([]);
  // Eager rebalances repeat at most the slices that were in hand: six partitions, four changes of membership.
  expect(witness.duplicates).toBeLessThanOrEqual(6 * 4 * 100);
});

test('the broker is killed and comes back: consumer and producer go on, nothing is lost', async () => {
  const topic = await newTopic(log, 3);
  const group = randomUUID();
  const witness = new Witness();
  await fill(topic, 600);
  const consumption = await log.consume({ group, topics: [topic] }, async (slice) => {
    await witness.take(slice, () => sleep(100));
    return done;
  });
  await until('consuming has begun', () => witness.values.size >= 100);
  await broker.kill('SIGKILL');
  const published = fill(topic, 400, 600);
  await until('health turns red', () => !consumption.health().ok, 15_000);
  await broker.restart();
  await published;
  await until('everything has come', () => witness.values.size === 1_000);
  await until('everything is committed', async () => (await log.lag(group, [topic])) === 0);
  await until('health is green again', () => consumption.health().ok);
  await consumption.stop();
  expect(witness.problems).toEqual([]);
  const kept = await log.offsets(topic);
  expect(kept.reduce((sum, { high }) => sum + high, 0)).toBe(1_000);
});

test('the broker freezes for longer than a session: consuming goes on when it thaws', async () => {
  const topic = await newTopic(log, 2);
  const group = randomUUID();
  const witness = new Witness();
  const consumption = await log.consume({ group, topics: [topic] }, async (slice) => {
    await witness.take(slice, async () => {});
    return done;
  });
  await fill(topic, 100);
  await until('consuming has begun', () => witness.values.size === 100);
  await broker.kill('SIGSTOP');
  await until('health turns red', () => !consumption.health().ok, 15_000);
  await sleep(4_000);
  await broker.kill('SIGCONT');
  await fill(topic, 100, 100);
  await until('everything has come', () => witness.values.size === 200);
  await until('everything is committed', async () => (await log.lag(group, [topic])) === 0);
  await consumption.stop();
  expect(witness.problems).toEqual([]);
});

test('a tail outlives the broker, each record once', async () => {
  const topic = await newTopic(log, 2);
  await fill(topic, 100);
  const seen: string[] = [];
  const end = new AbortController();
  const tailing = log.tail({ topics: [topic], from: {}, signal: end.signal }, (records) => {
    seen.push(...records.map(({ value }) => String(value)));
  });
  await until('the old records have come', () => seen.length === 100);
  await broker.kill('SIGKILL');
  await broker.restart();
  await fill(topic, 100, 100);
  await until('the new records have come', () => seen.length >= 200);
  end.abort();
  await tailing;
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
});
