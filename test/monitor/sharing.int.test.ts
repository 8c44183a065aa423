/**
 * Proves, with two real processes on a real Kafka, each with half of the partitions of one model: they find what one alone
 * finds, to the last bit; each is killed (`kill -9`) once in the middle, and no window is lost or judged twice; and what they
 * told each other is taken back once it is judged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { driftEventsOf, windowKey } from '../../domain/drift/monitor/index.ts';
import { openStateLog, readWhole, stateTopic } from '../../services/monitor/state-log.ts';
import { spec } from './core-fixture.ts';
import {
  numbersOf,
  openMonitorWorld,
  untilWindows,
  windowsOfTheFold,
  type MonitorWorld,
} from './monitor-world.ts';
import { syntheticProfile, syntheticTraffic } from './synthetic.ts';

const settings = { ...spec, minRows: 100, persistence: 2, groups: ['carrier'], calibrationError: 0.1 };
const profile = syntheticProfile(1);
const traffic = syntheticTraffic(2, 12, 250, 4, 8);
const expected = windowsOfTheFold(traffic, settings, profile);

let world: MonitorWorld;
beforeAll(async () => {
  world = await openMonitorWorld();
});
afterAll(() => world?.close());

const judge = { MONITOR_PARTITIONS: '0,1,2' };
const helper = { MONITOR_PARTITIONS: '3,4,5' };

test('two processes that share a model, each killed once, say what one says', async () => {
  await world.setWatch(settings, profile);
  const third = Math.ceil(traffic.length / 3);
  let [one, two] = await Promise.all([world.start(judge), world.start(helper)]);
  await world.publish(traffic.slice(0, third));
  await untilWindows(one.url, 3);

  await two.end('SIGKILL');
  await world.publish(traffic.slice(third, 2 * third));
  two = await world.start(helper);
  // Also who does not judge shows what was judged.
  const seen = (await untilWindows(two.url, 9)).length;

  await one.end('SIGKILL');
  await world.publish(traffic.slice(2 * third));
  one = await world.start(judge);
  const windows = await untilWindows(one.url, expected.length);
  expect(seen).toBeLessThan(expected.length);
  expect(windows.map(numbersOf).sort()).toEqual(expected.map(numbersOf).sort());

  const evidence = { name: 'x', sha256: 'a'.repeat(64), bytes: 1, mediaType: 'application/json' };
  const origin = { monitorId: 'live', toolVersion: '', environment: 'production', evidence };
  const announced = expected.flatMap((closed) => driftEventsOf(closed, origin));
  const sent = await world.sentEvents();
  expect([...new Set(sent.map(({ id }) => id))].sort()).toEqual(announced.map(({ id }) => id).sort());
  expect(new Set(announced.map(({ data }) => data.kind))).toContain('calibration');

  // Each window was judged and written down once, by whichever life of the judge.
  const state = openStateLog(world.log, 'live');
  const judged: string[] = [];
  await readWhole(world.log, stateTopic.topic, (record) => {
    const said = state.read(record);
    if (said?.kind === 'window') judged.push(windowKey(said.closed));
  });
  expect(judged.sort()).toEqual(expected.map(windowKey).sort());

  for (const { url } of [one, two]) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = /seatrial_monitor_records\{model="flights",outcome="counted"\} (\d+)/.exec(metrics)?.[1];
    expect(Number(counted)).toBeGreaterThan(0);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }
  const left = async (): Promise<number> =>
    (await state.restore()).news.filter(
      (news) =>
        news.type === 'partial' &&
        expected.some(
          ({ part, window }) => news.partial.part === part && news.partial.window.start === window.start,
        ),
    ).length;
  while ((await left()) > 0) await sleep(200);
  await Promise.all([one.end('SIGTERM'), two.end('SIGTERM')]);
});
