// Ranges and tails read exactly what they were asked for, each record once, also across an absence of the broker.
import { expect, test } from 'vitest';
import { until } from '../broker.ts';
import { readAll } from './world.ts';
import type { World } from './world.ts';

export function reading(world: World): void {
  test('readRange reads [from, to) of the partitions that it is given, and nothing else', async () => {
    const topic = await world.newTopic(3);
    for (let index = 0; index < 300; index++)
      await world.log.publish(topic, [{ key: `k${index}`, value: String(index) }]);
    const offsets = await world.log.offsets(topic);
    expect(offsets.every(({ high }) => high > 60)).toBe(true);
    const records = await readAll(world.log, topic, { 0: 10, 2: 50 }, { 0: 37 });
    const ofPartition = (partition: number): number[] =>
      records.filter((record) => record.partition === partition).map(({ offset }) => offset);
    const count = (from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, index) => from + index);
    expect(ofPartition(0)).toEqual(count(10, 37));
    expect(ofPartition(1)).toEqual([]);
    expect(ofPartition(2)).toEqual(count(50, offsets[2]!.high));
    expect(await readAll(world.log, topic, { 0: 5 }, { 0: 5 })).toEqual([]);
    await expect(readAll(world.log, topic, { 0: 10_000 })).rejects.toMatchObject({ code: 'out-of-range' });
    await expect(readAll(world.log, topic, { 9: 0 })).rejects.toMatchObject({ code: 'unknown-topic' });
  });

  test('readRange hands on what its reader throws', async () => {
    const topic = await world.newTopic(1);
    await world.log.publish(topic, [{ key: 'a', value: 'b' }]);
    await expect(
      world.log.readRange({ topic, from: { 0: 0 } }, () => {
        throw new Error('reader broke');
      }),
    ).rejects.toThrow('reader broke');
  });

  test('tail goes on from where it was told, gets what comes later, and ends when aborted', async () => {
    const topic = await world.newTopic(2);
    await world.log.publish(
      topic,
      Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, value: `old-${index}` })),
    );
    const before = await world.log.offsets(topic);
    const end = new AbortController();
    const seen: string[] = [];
    const tailing = world.log.tail(
      {
        topics: [topic],
        from: { [topic]: { 0: before[0]!.high - 1, 1: before[1]!.high } },
        signal: end.signal,
      },
      (records) => {
        seen.push(...records.map(({ value }) => String(value)));
        if (seen.length >= 11) end.abort();
      },
    );
    await world.log.publish(
      topic,
      Array.from({ length: 10 }, (_, index) => ({ key: `k${index}`, value: `new-${index}` })),
    );
    await tailing;
    expect(seen.filter((value) => value.startsWith('old-'))).toHaveLength(1);
    expect(seen.filter((value) => value.startsWith('new-')).sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => `new-${index}`),
    );
  });

  test('a tail outlives the broker, each record once', async () => {
    const topic = await world.newTopic(2);
    await world.fill(topic, 100);
    const seen: string[] = [];
    const end = new AbortController();
    const tailing = world.log.tail({ topics: [topic], from: {}, signal: end.signal }, (records) => {
      seen.push(...records.map(({ value }) => String(value)));
    });
    await until('the old records have come', () => seen.length === 100);
    await world.kill('SIGKILL');
    await world.restart();
    await world.fill(topic, 100, 100);
    await until('the new records have come', () => seen.length >= 200);
    end.abort();
    await tailing;
    expect(new Set(seen).size).toBe(200);
    expect(seen).toHaveLength(200);
  });
}
