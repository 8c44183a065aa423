// Members come and go, in order and by kill -9: nothing is lost, and no partition is in two hands at once.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Consumption, EventLog } from '../../../adapters/kafka/index.ts';
import { startScript } from '../../../stack/process.ts';
import { until } from '../broker.ts';
import { Witness } from './witness.ts';
import { done, readAll } from './world.ts';
import type { World } from './world.ts';

/** Records of one slice: what a rebalance may bring again of each partition. */
const SLICE = 100;

export function rebalancing(world: World): void {
  test('two members share the partitions, and when one leaves the other has them all', async () => {
    const topic = await world.newTopic(4);
    const group = randomUUID();
    await world.fill(topic, 2_000);
    const witness = new Witness();
    const other = await world.connect();
    const first = await joined(world.log, group, topic, witness, 'first');
    await until('the first member works', () => witness.values.size > 0);
    const second = await joined(other, group, topic, witness, 'second');
    let filled = 2_000;
    const more = async (): Promise<void> => {
      await world.fill(topic, 200, filled);
      filled += 200;
    };
    await until('the second member works', async () => {
      await more();
      return witness.partitionsOf.has('second');
    });
    await first.stop();
    await more();
    await until('everything has come', () => witness.values.size === filled);
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    await second.stop();
    await other.close();
    expect(witness.problems).toEqual([]);
    // Two changes of membership, each with a slice of each partition in hand.
    expect(witness.duplicates).toBeLessThanOrEqual(2 * 4 * SLICE);
  });

  test.each([
    ['nothing overlaps', { readAhead: false }],
    // The last slice of an owner that leaves may still be on its way when the next begins.
    ['nothing is jumped over when they read ahead', { readAhead: true }],
  ])('a storm of three members that come and go: nothing is lost, little comes twice, %s', async (_, how) => {
    const topic = await world.newTopic(6);
    const group = randomUUID();
    await world.fill(topic, 2_000);
    const witness = new Witness();
    const logs = [world.log, ...(await Promise.all([world.connect(), world.connect()]))];
    const members: (Consumption | undefined)[] = [];
    const join = async (index: number): Promise<void> => {
      members[index] = await joined(logs[index]!, group, topic, witness, `member ${index}`, how);
    };
    const leave = async (index: number): Promise<void> => {
      await members[index]?.stop();
      members[index] = undefined;
    };
    await join(0);
    await until('the first member works', () => witness.values.size > 0);
    // Each change comes while the group may still be busy with the one before.
    const storm = [
      () => join(1),
      () => join(2),
      () => leave(0),
      () => join(0),
      () => leave(1),
      () => leave(2),
      () => join(1),
      () => join(2),
    ];
    let filled = 2_000;
    const more = async (): Promise<void> => {
      await world.fill(topic, 200, filled);
      filled += 200;
    };
    for (const change of storm) {
      await change();
      await more();
      await sleep(300);
    }
    witness.partitionsOf.clear();
    await until('all three work', async () => {
      await more();
      return witness.partitionsOf.size === 3;
    });
    await until('everything has come', () => witness.values.size === filled);
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    for (const index of members.keys()) await leave(index);
    for (const log of logs.slice(1)) await log.close();
    const problems = witness.problems.filter((problem) => !how.readAhead || problem.includes('jumps'));
    expect(problems).toEqual([]);
    expect(witness.duplicates).toBeLessThanOrEqual(storm.length * 6 * SLICE);
  });

  test('a member that is killed: another takes its partitions, and what it had not committed comes again', async () => {
    const [topic, sink, group] = [await world.newTopic(2), await world.newTopic(1), randomUUID()];
    await world.fill(topic, 1_000);
    const dir = mkdtempSync(join(tmpdir(), 'seatrial-member-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const member = await startScript({
      name: 'member',
      file: fileURLToPath(new URL('./member.ts', import.meta.url)),
      args: [world.module, world.brokers.join(','), group, topic, sink],
      log: join(dir, 'member.log'),
    });
    const arrived = async (): Promise<number> =>
      (await world.log.offsets(sink)).reduce((sum, { high }) => sum + high, 0);
    await until('it works', async () => (await arrived()) > 0);
    member.kill('SIGKILL');
    await member.exited;
    const before = await arrived();
    expect(before).toBeLessThan(1_000);
    const survivor = await world.log.consume({ group, topics: [topic] }, async ({ records }) => {
      await world.log.publish(
        sink,
        records.map(({ value }) => ({ key: 'survivor', value })),
      );
      return done;
    });
    await until('everything is committed', async () => (await world.log.lag(group, [topic])) === 0);
    await survivor.stop();
    const came = (await readAll(world.log, sink, { 0: 0 })).map(({ value }) => Number(value));
    expect([...new Set(came)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, one) => one));
    // At most the slices in hand when it died: one of each partition.
    expect(came.length - 1_000).toBeLessThanOrEqual(2 * SLICE);
  });

  test('a partition that waits for long is offered at once to whoever has it after a rebalance', async () => {
    const topic = await world.newTopic(2);
    const group = randomUUID();
    await world.fill(topic, 200);
    let waiting = 0;
    const other = await world.connect();
    const patient = await world.log.consume({ group, topics: [topic] }, async () => {
      waiting++;
      return { kind: 'retryLater', afterMs: 3_600_000 };
    });
    await until('both partitions wait', () => waiting === 2);
    const witness = new Witness();
    const second = await joined(other, group, topic, witness, 'second');
    await patient.stop();
    await until('everything has come', () => witness.values.size === 200);
    await second.stop();
    await other.close();
    expect(witness.problems).toEqual([]);
    expect(witness.duplicates).toBe(0);
  });
}

/** A member whose work takes long enough that a rebalance finds it busy. */
function joined(
  log: EventLog,
  group: string,
  topic: string,
  witness: Witness,
  name: string,
  { readAhead = false } = {},
): Promise<Consumption> {
  return log.consume({ group, topics: [topic], readAhead }, async (slice) => {
    if (!(await slice.turn)) return done;
    await witness.take(slice, () => sleep(100), name);
    return done;
  });
}
