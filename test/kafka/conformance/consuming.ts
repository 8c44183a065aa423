// A group commits after the slice and no sooner, goes on where it stopped, waits in order, and stops in order.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Slice, SliceOutcome } from '../../../adapters/kafka/index.ts';
import { until } from '../broker.ts';
import { Witness } from './witness.ts';
import { done } from './world.ts';
import type { World } from './world.ts';

export function consuming(world: World): void {
  test('a group goes on where it stopped, and what is committed does not come again', async () => {
    const topic = await world.newTopic(3);
    const group = randomUUID();
    const witness = new Witness();
    const onSlice = async (slice: Slice): Promise<SliceOutcome> => {
      await witness.take(slice, async () => {});
      return done;
    };
    await world.fill(topic, 500);
    const first = await world.log.consume({ group, topics: [topic] }, onSlice);
    await until('the first 500 have come', () => witness.values.size === 500);
    await until('they are committed', async () => (await world.log.lag(group, [topic])) === 0);
    expect(first.health()).toMatchObject({ ok: true });
    await first.stop();

    await world.fill(topic, 200, 500);
    expect(await world.log.lag(group, [topic])).toBe(200);
    const second = await world.log.consume({ group, topics: [topic] }, onSlice);
    await until('all 700 have come', () => witness.values.size === 700);
    await until('the lag is gone', async () => (await world.log.lag(group, [topic])) === 0);
    await second.stop();
    expect(witness.duplicates).toBe(0);
    expect(witness.problems).toEqual([]);
  });

  test('slices have at most 100 records', async () => {
    const topic = await world.newTopic(1);
    await world.fill(topic, 350);
    const sizes: number[] = [];
    const consumption = await world.log.consume(
      { group: randomUUID(), topics: [topic] },
      async ({ records }) => {
        sizes.push(records.length);
        return done;
      },
    );
    await until('all have come', () => sizes.reduce((sum, size) => sum + size, 0) === 350);
    await consumption.stop();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  });

  test('retryLater waits and comes again in order, from behind what is done', async () => {
    const topic = await world.newTopic(1);
    const group = randomUUID();
    await world.fill(topic, 10);
    const seen: number[][] = [];
    let tries = 0;
    const consumption = await world.log.consume({ group, topics: [topic] }, async ({ records }) => {
      seen.push(records.map(({ offset }) => offset));
      tries++;
      if (tries === 1) return { kind: 'retryLater', afterMs: 200, doneThrough: 3 };
      if (tries <= 4) return { kind: 'retryLater', afterMs: 100 };
      return done;
    });
    await until(
      'the slice is settled',
      async () => tries >= 5 && (await world.log.lag(group, [topic])) === 0,
    );
    await consumption.stop();
    const rest = [4, 5, 6, 7, 8, 9];
    expect(seen).toEqual([[0, 1, 2, 3, ...rest], rest, rest, rest, rest]);
  });

  test('one waiting partition does not hold up the others', async () => {
    const topic = await world.newTopic(3);
    await world.fill(topic, 300);
    const finished = new Map<number, number>();
    let waits = 0;
    const consumption = await world.log.consume(
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
    const offsets = await world.log.offsets(topic);
    await until('the others are through', () =>
      [0, 2].every((one) => finished.get(one) === offsets[one]!.high),
    );
    await until('the waiting one has tried several times', () => waits >= 3);
    await consumption.stop();
  });

  test('a handler that throws is tried again, loses nothing, and shows in health', async () => {
    const topic = await world.newTopic(1);
    const group = randomUUID();
    await world.fill(topic, 5);
    let tries = 0;
    const consumption = await world.log.consume({ group, topics: [topic] }, async () => {
      if (++tries <= 2) throw new Error('handler broke');
      return done;
    });
    await until('it is settled', async () => (await world.log.lag(group, [topic])) === 0);
    expect(tries).toBe(3);
    expect(consumption.health().ok).toBe(true);
    await consumption.stop();
  });

  test('stop waits for the slice in hand and commits it', async () => {
    const topic = await world.newTopic(1);
    const group = randomUUID();
    await world.fill(topic, 5);
    let started = false;
    let finished = false;
    const consumption = await world.log.consume({ group, topics: [topic] }, async ({ signal }) => {
      started = true;
      while (!signal.aborted) await sleep(10);
      await sleep(300);
      finished = true;
      return done;
    });
    await until('the slice is in hand', () => started);
    await consumption.stop();
    expect(finished).toBe(true);
    expect(await world.log.lag(group, [topic])).toBe(0);
  });
}
