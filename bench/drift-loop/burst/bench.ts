/**
 * Whether a storm stays a storm in a glass. Ten thousand events about one model: at most one retraining runs and one waits,
 * the workflow's history stays short, and nothing is left to read. And thirty days of drift that comes and goes every hour: no
 * more retrainings than the budget allows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { modelWorkflowId } from '../../../contracts/ids.ts';
import { topics } from '../../../contracts/topics.ts';
import type { RetrainingPolicy } from '../../../contracts/plan.ts';
import type { DriftAccount, ModelEvent } from '../../../domain/model/index.ts';
import { versions } from '../../../stack/versions.ts';
import { machine } from '../../bench.ts';
import type { Bench, Target } from '../../bench.ts';
import { report } from '../events.ts';
import { referencePolicy } from '../reference.ts';
import { GROUP, startWorld, until } from '../world.ts';
import type { World } from '../world.ts';

const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
/** So that what comes during a training may wait for its end. */
const TRAINING_MS = 5_000;

const burstPolicy: RetrainingPolicy = {
  ...referencePolicy,
  coolDownHours: 1,
  budgetPerDay: 100,
  budgetPer30Days: 100,
  runStrategy: 'sequential',
};
const pingPongPolicy: RetrainingPolicy = {
  ...referencePolicy,
  coolDownHours: 0,
  budgetPerDay: 1,
  budgetPer30Days: 4,
  rearmWindows: 1,
};

export const run: Bench = async ({ quick }) => {
  const world = await startWorld({ trainingMs: TRAINING_MS });
  try {
    await world.ingest();
    const burst = await storm(world, quick ? 2_000 : 10_000);
    process.stderr.write(`${JSON.stringify(burst)}\n`);
    const pingPong = await comeAndGo(world);
    process.stderr.write(`${JSON.stringify(pingPong)}\n`);
    const atMost = (name: string, value: number, most: number, unit = ''): Target => ({
      name,
      value,
      target: `at most ${most}${unit}`,
      holds: value <= most,
    });
    return {
      machine: machine(),
      versions: { node: process.version, kafka: versions.kafka, temporal: versions.temporalServer },
      raw: { burst, pingPong },
      targets: [
        atMost('retrainings at the same time', burst.atOnce, 1),
        atMost('retrainings that wait', burst.waiting, 1),
        atMost('events in the history', burst.history, 1_999),
        atMost('seconds until the lag is 0', burst.secondsToLagZero, 60),
        atMost('events that no bucket has, or two', Math.abs(burst.events - burst.received), 0),
        atMost(
          'retrainings in thirty days of ping-pong',
          pingPong.retrainings,
          pingPongPolicy.budgetPer30Days,
        ),
        atMost('retrainings in a day of it', pingPong.mostInADay, pingPongPolicy.budgetPerDay ?? 0),
        atMost('its events that no bucket has, or two', Math.abs(pingPong.events - pingPong.received), 0),
      ],
    };
  } finally {
    await world.stop();
  }
};

interface Storm {
  readonly events: number;
  readonly received: number;
  readonly secondsToLagZero: number;
  readonly history: number;
  readonly atOnce: number;
  readonly waiting: number;
  readonly retrainings: number;
  readonly buckets: DriftAccount['buckets'];
}

async function storm(world: World, events: number): Promise<Storm> {
  const model = 'stormy';
  await world.serve(model, burstPolicy);
  const handle = world.client.workflow.getHandle(modelWorkflowId(model));
  const account = (): Promise<DriftAccount> => handle.query<DriftAccount>('drift');
  const from = performance.now();
  // Windows that go on by an hour each hundred events, so that there would be a reason for many retrainings.
  for (let first = 0; first < events; first += 500)
    await world.log.publish(
      topics.drift,
      Array.from({ length: 500 }, (_, n) => {
        const number = first + n;
        return report({ model, id: `run-${number}`, end: BEGIN + Math.floor(number / 100) * 2 * HOUR });
      }),
    );
  await until('the lag is 0', async () => (await world.log.lag(GROUP, [topics.drift])) === 0);
  const secondsToLagZero = (performance.now() - from) / 1000;
  await until('the model has dealt with all', async () => (await account()).received >= events);
  await until('the last retraining has ended', async () => {
    const { running, queued } = await account();
    return running === null && queued === null;
  });
  const waiting = await mostThatWaited(world, model);
  const { received, buckets } = await account();
  const { historyLength } = await handle.describe();
  const atOnce = world.mostTrainings(model);
  const retrainings = (await retrainingsOf(world, model)).length;
  return {
    events,
    received,
    secondsToLagZero,
    history: historyLength,
    atOnce,
    waiting,
    retrainings,
    buckets,
  };
}

/** By the model's ledger: queued, and neither begun nor dropped nor replaced. */
async function mostThatWaited({ ledger }: World, model: string): Promise<number> {
  const waiting = new Set<string>();
  let most = 0;
  for (const fact of (await ledger.read(modelWorkflowId(model))) as unknown as readonly ModelEvent[]) {
    if (fact.type === 'RetrainingQueued') {
      if (fact.data.replaced !== null) waiting.delete(fact.data.replaced);
      waiting.add(fact.data.decision);
    } else if (fact.type === 'RetrainingDecided' || fact.type === 'RetrainingDropped') {
      waiting.delete(fact.data.decision);
    }
    most = Math.max(most, waiting.size);
  }
  return most;
}

/** One window an hour for thirty days, with drift and without in turn. */
async function comeAndGo(
  world: World,
): Promise<{ events: number; received: number; retrainings: number; mostInADay: number }> {
  const model = 'ping-pong';
  await world.serve(model, pingPongPolicy);
  const handle = world.client.workflow.getHandle(modelWorkflowId(model));
  const hours = 30 * 24;
  // A day at a time, and a while for its retraining to end: otherwise most of it would be coalesced.
  for (let day = 0; day < 30; day += 1) {
    const records = Array.from({ length: 24 }, (_, n) => {
      const hour = day * 24 + n;
      return report({ model, id: `run-${hour}`, end: BEGIN + hour * HOUR, drifted: hour % 2 === 0 });
    });
    await world.log.publish(topics.drift, records);
    await until(`day ${day} is over`, async () => {
      const { received, running } = await handle.query<DriftAccount>('drift');
      return received >= (day + 1) * 24 && running === null;
    });
  }
  await sleep(1_000);
  const { received } = await handle.query<DriftAccount>('drift');
  const ends = (await retrainingsOf(world, model)).map((id) => {
    const [, date = '', hours = '', minutes = ''] = /1\.(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)Z/.exec(id) ?? [];
    return Date.parse(`${date}T${hours}:${minutes}:00Z`);
  });
  const within = ends.map((end) => ends.filter((other) => other <= end && end - other < 24 * HOUR).length);
  return { events: hours, received, retrainings: ends.length, mostInADay: Math.max(0, ...within) };
}

/** Workflow ids. */
async function retrainingsOf({ client }: World, model: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'retrainingWorkflow'" }))
    if (workflowId.startsWith(`retraining/${model}/`)) ids.push(workflowId);
  return ids;
}
