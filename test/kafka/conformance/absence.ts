// The broker dies or freezes, or what the records are for is away: everything waits, and goes on where it was.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../broker.ts';
import { Witness } from './witness.ts';
import { done } from './world.ts';
import type { World } from './world.ts';

export function absence(world: World): void {
  test('the broker is killed and comes back: consumer and producer go on, nothing is lost', async () => {
    const topic = await world.newTopic(3);
    const group = randomUUID();
    const witness = new Witness();
    await world.fill(topic, 600);
    const consumption = await world.log.consume({ group, topics: [topic] }, async (slice) => {
      await witness.take(slice, () => sleep(100));
      return done;
    });
    await until('consuming has begun', () => witness.values.size >= 100);
    await world.kill('SIGKILL');
    await until('health turns red', () => !consumption.health().ok);
    // Published while nobody is there, and outlived.
    await Promise.all([world.fill(topic, 400, 600), world.restart()]);
    await until('everything has come', () => witness.values.size === 1_000);
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    await until('health is green again', () => consumption.health().ok);
    await consumption.stop();
    expect(witness.problems).toEqual([]);
    const kept = await world.log.offsets(topic);
    expect(kept.reduce((sum, { high }) => sum + high, 0)).toBe(1_000);
  });

  test('the broker freezes for longer than a session: consuming goes on when it thaws', async () => {
    const topic = await world.newTopic(2);
    const group = randomUUID();
    const witness = new Witness();
    const consumption = await world.log.consume({ group, topics: [topic] }, async (slice) => {
      await witness.take(slice, async () => {});
      return done;
    });
    await world.fill(topic, 100);
    await until('consuming has begun', () => witness.values.size === 100);
    await world.kill('SIGSTOP');
    await until('health turns red', () => !consumption.health().ok);
    await sleep(4_000);
    await world.kill('SIGCONT');
    await world.fill(topic, 100, 100);
    await until('everything has come', () => witness.values.size === 200);
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    await consumption.stop();
    expect(witness.problems).toEqual([]);
  });

  test('what the records are for is away: partitions wait without committing, and then go on in order, each record once', async () => {
    const topic = await world.newTopic(6);
    const group = randomUUID();
    await world.fill(topic, 1_500);
    const witness = new Witness();
    const afterMs = 250;
    const began = performance.now();
    let [away, calls, largest] = [true, 0, 0];
    const consumption = await world.log.consume({ group, topics: [topic] }, async (slice) => {
      calls++;
      largest = Math.max(largest, slice.records.length);
      if (away) return { kind: 'retryLater', afterMs };
      await witness.take(slice, async () => {});
      return done;
    });
    await until('every partition has tried several times', () => calls >= 6 * 4);
    // Each partition asks no oftener than it was told, and holds no more than one slice meanwhile.
    expect(calls / 6).toBeLessThanOrEqual((performance.now() - began) / afterMs + 1);
    expect(largest).toBeLessThanOrEqual(100);
    expect(await world.log.lag(group, [topic])).toBe(1_500);
    away = false;
    await until('everything has come', () => witness.values.size === 1_500);
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    await consumption.stop();
    expect(witness.problems).toEqual([]);
    expect(witness.duplicates).toBe(0);
  });
}
