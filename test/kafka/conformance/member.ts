/**
 * A member of a group in a process of its own, to be killed: `member.ts MODULE BROKERS GROUP TOPIC SINK` copies what comes from
 * TOPIC to SINK, slowly.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { done } from './world.ts';
import type { MakeLog } from './world.ts';

const [module, brokers, group, topic, sink] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const { makeLog } = (await import(module)) as { makeLog: MakeLog };
const log = await makeLog(brokers.split(','));
await log.consume({ group, topics: [topic] }, async ({ records }) => {
  await log.publish(
    sink,
    records.map(({ value }) => ({ key: 'member', value })),
  );
  await sleep(300);
  return done;
});
