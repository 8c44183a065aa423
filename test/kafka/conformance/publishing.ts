// What is published comes back unchanged and in order, keys keep their partition, and one caller's bad record is not another's.
import { expect, test } from 'vitest';
import { readAll } from './world.ts';
import type { World } from './world.ts';

export function publishing(world: World): void {
  test('keys, values, headers and tombstones survive the round trip', async () => {
    const topic = await world.newTopic(1);
    const bytes = Buffer.from([0, 255, 1, 254]);
    await world.log.publish(topic, [
      { key: 'schlüssel', value: 'wert', headers: { 'content-type': 'text/plain', ce_id: 'ü' } },
      { key: null, value: bytes },
      { key: 'gone', value: null },
      { key: '', value: '' },
    ]);
    const records = await readAll(world.log, topic, { 0: 0 });
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(records.map(({ key }) => key?.toString() ?? null)).toEqual(['schlüssel', null, 'gone', '']);
    expect(records[0]!.headers).toEqual({ 'content-type': 'text/plain', ce_id: 'ü' });
    expect(records[1]!.value).toEqual(bytes);
    expect(records[2]!.value).toBeNull();
    expect(records[3]!.value).toEqual(Buffer.alloc(0));
  });

  test('ensureTopics can be called again, and the cluster has a name', async () => {
    const topic = await world.newTopic(3);
    await world.log.ensureTopics([{ topic, partitions: 3, config: {} }]);
    expect(
      (await world.log.offsets(topic)).map(({ partition, low, high }) => [partition, low, high]),
    ).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [2, 0, 0],
    ]);
    expect(await world.log.clusterId()).toMatch(/^[\w-]{22}$/);
  });

  test('a key goes to the partition that Java murmur2 gives it', async () => {
    const topic = await world.newTopic(6);
    // Reference values: positive(murmur2(key)) % 6, from the published test vectors of the Java client:
    // murmur2("21") = -973932308, murmur2("foobar") = -790332482, murmur2("a-little-bit-long-string") = -985981536.
    const vectors: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
    };
    await world.log.publish(
      topic,
      Object.keys(vectors).map((key) => ({ key, value: key })),
    );
    const records = await readAll(world.log, topic, { 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 });
    expect(records).toHaveLength(3);
    for (const { key, partition } of records)
      expect(partition, key!.toString()).toBe((vectors[key!.toString()]! & 0x7fffffff) % 6);
  });

  test('thousands of small calls keep their order within a key, each record once', async () => {
    const topic = await world.newTopic(3);
    const calls: Promise<void>[] = [];
    for (let index = 0; index < 5_000; index++)
      calls.push(world.log.publish(topic, [{ key: `k${index % 7}`, value: String(index) }]));
    await Promise.all(calls);
    const records = await readAll(world.log, topic, { 0: 0, 1: 0, 2: 0 });
    expect(records).toHaveLength(5_000);
    for (let key = 0; key < 7; key++) {
      const values = records
        .filter((record) => record.key!.toString() === `k${key}`)
        .map(({ value }) => Number(value));
      expect(values).toEqual(Array.from({ length: values.length }, (_, index) => index * 7 + key));
    }
  });

  test('a record that is too large fails its own call only', async () => {
    const topic = await world.newTopic(1, { 'max.message.bytes': '10000' });
    const good = world.log.publish(topic, [{ key: 'a', value: 'small' }]);
    const bad = world.log.publish(topic, [{ key: 'b', value: 'x'.repeat(20_000) }]);
    const alsoGood = world.log.publish(topic, [{ key: 'c', value: 'small' }]);
    await expect(bad).rejects.toMatchObject({ code: 'too-large', retryable: false });
    await Promise.all([good, alsoGood]);
    expect((await readAll(world.log, topic, { 0: 0 })).map(({ key }) => key!.toString()).sort()).toEqual([
      'a',
      'c',
    ]);
  });
}
