// Proves on real servers that an ingest which is far behind, and so has large slices read ahead, loses nothing and counts nothing twice when
// it is killed, and when another joins it and leaves again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from '../../bench/drift-loop/events.ts';
import { referencePolicy } from '../../bench/drift-loop/reference.ts';
import { modelName } from '../../bench/drift-loop/traffic.ts';
import { GROUP, startWorld, until } from '../../bench/drift-loop/world.ts';
import type { World } from '../../bench/drift-loop/world.ts';
import { modelWorkflowId } from '../../contracts/ids.ts';
import { modelQueries } from '../../contracts/messages.ts';
import { topics } from '../../contracts/topics.ts';
import type { DriftAccount } from '../../domain/model/index.ts';

const MODELS = 12;
const EVENTS = 96_000;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const behind = (): Promise<number> => world.log.lag(GROUP, [topics.drift]);

test('each event is counted once', async () => {
  for (let model = 0; model < MODELS; model++) await world.serve(modelName(model), referencePolicy);
  for (let from = 0; from < EVENTS; from += 1_000) {
    const records = Array.from({ length: 1_000 }, (_, n) => {
      const number = from + n;
      const end = BEGIN + Math.floor(number / (MODELS * 20)) * 3_600_000;
      return report({ model: modelName(number % MODELS), id: `run-${number}`, end });
    });
    await world.log.publish(topics.drift, records);
  }
  const killed = await world.ingest();
  await until('it has begun', async () => (await behind()) < EVENTS);
  killed.process.kill('SIGKILL');
  await killed.process.exited;
  await world.ingest();
  const guest = await world.ingest();
  await until('they have gone on', async () => (await behind()) < EVENTS / 2);
  await guest.process.stop();
  await until('all is committed', async () => (await behind()) === 0);

  const accountOf = (model: number): Promise<DriftAccount> =>
    world.client.workflow.getHandle(modelWorkflowId(modelName(model))).query(modelQueries.drift);
  for (let model = 0; model < MODELS; model++) {
    await until(`${modelName(model)} has worked on its signals`, async () => {
      const { received } = await accountOf(model);
      return received >= EVENTS / MODELS;
    });
    const { received, buckets } = await accountOf(model);
    expect(received).toBe(EVENTS / MODELS);
    expect(buckets).toMatchObject({ duplicate: 0, rejected: 0 });
  }
});
