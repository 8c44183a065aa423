// With `readAhead` a partition's next slice is in hand while the one before is being settled: two at most, effects in turn, and what
// comes again takes with it what was behind it.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../broker.ts';
import { done } from './world.ts';
import type { World } from './world.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

export function ahead(world: World): void {
  test('two slices of a partition are in hand, never three, and each takes its turn', async () => {
    const topic = await world.newTopic(1);
    const group = randomUUID();
    await world.fill(topic, 1_000);
    let inHand = 0;
    let most = 0;
    let working = 0;
    const came: number[] = [];
    const consumption = await world.log.consume(
      { group, topics: [topic], readAhead: true },
      async ({ records, turn }) => {
        most = Math.max(most, ++inHand);
        expect(await turn).toBe(true);
        expect(++working).toBe(1);
        await sleep(20);
        came.push(...records.map(({ offset }) => offset));
        working--;
        inHand--;
        return done;
      },
    );
    await until('all have come', () => came.length === 1_000);
    await until('they are committed', async () => (await world.log.lag(group, [topic])) === 0);
    await consumption.stop();
    expect(most).toBe(2);
    expect(came).toEqual(range(0, 1_000));
  });

  test.each(['is asked to wait', 'fails'])(
    'when a slice %s, the one that was read behind it has no effect and comes again after it',
    async (how) => {
      const topic = await world.newTopic(1);
      const group = randomUUID();
      await world.fill(topic, 300);
      const came: number[] = [];
      const turns: [from: number, turn: boolean][] = [];
      let begun = 0;
      const consumption = await world.log.consume(
        { group, topics: [topic], readAhead: true },
        async ({ records, turn }) => {
          const offsets = records.map(({ offset }) => offset);
          const first = ++begun === 1;
          turns.push([offsets[0]!, await turn]);
          if (!turns.at(-1)![1]) return done;
          if (!first) {
            came.push(...offsets);
            return done;
          }
          await until('the next slice was read', () => begun === 2);
          if (how === 'fails') throw new Error('the sink broke');
          came.push(...offsets.slice(0, 4));
          return { kind: 'retryLater', afterMs: 100, doneThrough: 3 };
        },
      );
      await until('all are committed', async () => (await world.log.lag(group, [topic])) === 0);
      await consumption.stop();
      expect(came).toEqual(range(0, 300));
      expect(turns.slice(0, 3)).toEqual([
        [0, true],
        [100, false],
        [how === 'fails' ? 0 : 4, true],
      ]);
      expect(consumption.health().detail).not.toMatch(/waits/);
    },
  );

  test('stop waits for both slices in hand and commits what they settled', async () => {
    const topic = await world.newTopic(1);
    const group = randomUUID();
    await world.fill(topic, 500);
    let begun = 0;
    let finished = 0;
    const consumption = await world.log.consume(
      { group, topics: [topic], readAhead: true },
      async ({ turn, signal }) => {
        begun++;
        if (!(await turn)) return done;
        while (!signal.aborted) await sleep(10);
        await sleep(200);
        finished++;
        return done;
      },
    );
    await until('two slices are in hand', () => begun === 2);
    await consumption.stop();
    expect([begun, finished]).toEqual([2, 2]);
    expect(await world.log.lag(group, [topic])).toBe(300);
  });

  test('a handler that empties its list loses nothing', async () => {
    const topic = await world.newTopic(2);
    const group = randomUUID();
    await world.fill(topic, 600);
    const values: number[] = [];
    let tries = 0;
    const consumption = await world.log.consume(
      { group, topics: [topic], readAhead: true },
      async ({ records, turn }) => {
        const read = records.splice(0).map(({ value }) => Number(value));
        if (!(await turn)) return done;
        if (++tries % 3 === 1) return { kind: 'retryLater', afterMs: 50 };
        values.push(...read);
        return done;
      },
    );
    await until('all are committed', async () => (await world.log.lag(group, [topic])) === 0);
    await consumption.stop();
    expect(values.sort((a, b) => a - b)).toEqual(range(0, 600));
  });
}
