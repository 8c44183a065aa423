/**
 * What the care costs. Events a second through ingest (validated, folded, in Temporal's database, committed) against a bare
 * kafkajs consumer that parses JSON, on one topic, one after the other; and the time from produce to the start of the
 * retraining against a producer that signals the model itself, in turn.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { topics } from '../../../contracts/topics.ts';
import { deliver } from '../../../services/ingest/deliver.ts';
import { SliceFold } from '../../../services/ingest/fold.ts';
import { readEvent } from '../../../services/ingest/read-event.ts';
import { sliceLimits } from '../../../services/ingest/slice-limits.ts';
import { startScript } from '../../../stack/process.ts';
import { versions } from '../../../stack/versions.ts';
import { machine, median } from '../../bench.ts';
import type { Bench } from '../../bench.ts';
import { report } from '../events.ts';
import { referencePolicy } from '../reference.ts';
import { modelName } from '../traffic.ts';
import { GROUP, startWorld, until } from '../world.ts';
import type { World } from '../world.ts';

const MODELS = 50;
const BARE_GROUP = 'bare-consumer';
const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');

export const run: Bench = async ({ quick }) => {
  const rates = await measureRates(quick ? 200_000 : 600_000, quick ? 2 : 3);
  const latencies = await measureLatencies(quick ? 15 : 40);
  const ratio = median(rates.map(({ ingest, bare }) => ingest.perSecond / bare.perSecond));
  const cpu = median(rates.map(({ ingest, bare }) => ingest.cpuSeconds / bare.cpuSeconds));
  const slower = median(latencies.kafka) / median(latencies.direct);
  return {
    machine: machine(),
    versions: { node: process.version, kafka: versions.kafka, temporal: versions.temporalServer },
    raw: { rates, latencies, cpuSecondsOfIngestOverBare: cpu },
    targets: [
      {
        name: 'events a second, ingest over bare',
        value: ratio,
        target: 'at least 0.6',
        holds: ratio >= 0.6,
      },
      {
        name: 'produce to retraining, over a direct signal (medians)',
        value: slower,
        target: 'at most 1.5',
        holds: slower <= 1.5,
      },
    ],
  };
};

interface Rate {
  readonly perSecond: number;
  readonly cpuSeconds: number;
  /** The most memory that the process had at one time; NaN elsewhere than on Linux. */
  readonly peakMiB: number;
}

/**
 * Rounds of a bare consumer and an ingest, each from the beginning of the topic and alone. One fetch brings some 76,000 events, and the
 * clock starts when the first of them are committed: that favours ingest, which commits a sixth of them at a time, so there are
 * many fetches.
 */
async function measureRates(
  events: number,
  rounds: number,
): Promise<{ ingest: Rate; bare: Rate; signals: number }[]> {
  const results = [];
  for (let round = 0; round < rounds; round += 1) {
    // A world of its own for each, because a group's offsets and a model's signals stay.
    const world = await startWorld({ workers: false });
    try {
      await fill(world, events);
      // As in service, where a model's workflow was there long before its drift; to start fifty takes Temporal a second or two.
      for (let number = 0; number < MODELS; number += 1)
        await world.serve(modelName(number), referencePolicy);
      // Each goes first in turn.
      const early = round % 2 === 0 ? await bareRate(world, events) : undefined;
      const ingest = await ingestRate(world, events);
      results.push({ bare: early ?? (await bareRate(world, events)), ...ingest });
      process.stderr.write(`round ${round}: ${JSON.stringify(results.at(-1))}\n`);
    } finally {
      await world.stop();
    }
  }
  return results;
}

async function fill({ log }: World, events: number): Promise<void> {
  for (let from = 0; from < events; from += 1_000) {
    const records = Array.from({ length: 1_000 }, (_, n) => {
      const number = from + n;
      // Each model's windows go on by an hour, and some twenty reports are about one.
      const end = BEGIN + Math.floor(number / (MODELS * 20)) * HOUR;
      return report({ model: modelName(number % MODELS), id: `run-${number}`, end });
    });
    await log.publish(topics.drift, records);
  }
}

async function bareRate(world: World, events: number): Promise<Rate> {
  const bare = await startScript({
    name: 'bare consumer',
    file: fileURLToPath(new URL('./bare-consumer.ts', import.meta.url)),
    args: [world.kafka.brokers.join(','), topics.drift, BARE_GROUP],
    env: { FETCH_BYTES: String(sliceLimits.bytes) },
    log: join(world.dir, 'bare.log'),
  });
  try {
    return await rateOf(bare.pid, events, world, BARE_GROUP);
  } finally {
    await bare.stop();
  }
}

async function ingestRate(world: World, events: number): Promise<{ ingest: Rate; signals: number }> {
  const one = await world.ingest();
  try {
    const ingest = await rateOf(one.process.pid, events, world, GROUP);
    const [, signals] =
      /^seatrial_ingest_signals_total\{result="delivered"\} (\d+)$/m.exec(await one.metrics()) ?? [];
    return { ingest, signals: Number(signals) };
  } finally {
    await one.process.stop();
  }
}

/**
 * Between the first look that saw any committed and the first that saw all. The broker is asked, since the same question costs
 * both alike: a scrape of ingest's metrics ten times a second would be work that a bare consumer has not.
 */
async function rateOf(pid: number, events: number, { log }: World, group: string): Promise<Rate> {
  let first: { count: number; at: number } | undefined;
  let last = { count: 0, at: 0 };
  await until(
    'all are consumed',
    async () => {
      last = { count: events - (await log.lag(group, [topics.drift])), at: performance.now() };
      if (last.count > 0) first ??= last;
      return last.count >= events;
    },
    600_000,
  );
  const perSecond = ((last.count - (first?.count ?? 0)) / (last.at - (first?.at ?? 0))) * 1000;
  return { perSecond, cpuSeconds: cpuOf(pid), peakMiB: peakOf(pid) };
}

/** User and system time so far; fields 14 and 15 of /proc/PID/stat, in hundredths of a second. NaN elsewhere than on Linux. */
function cpuOf(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The high-water mark of resident memory, `VmHWM` of /proc/PID/status. */
function peakOf(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}

/** Milliseconds from produce to the start of the retraining's workflow, by Temporal's clock on the same machine. */
async function measureLatencies(pairs: number): Promise<{ kafka: number[]; direct: number[] }> {
  const world = await startWorld();
  try {
    const one = await world.ingest();
    await until('ingest is healthy', one.healthy);
    const [kafka, direct]: [number[], number[]] = [[], []];
    // The first pair finds caches cold on both ways.
    for (let pair = -1; pair < pairs; pair += 1) {
      for (const [way, times] of [['kafka', kafka] as const, ['direct', direct] as const]) {
        const model = `${way}-${pair + 1}`;
        await world.serve(model, referencePolicy);
        const record = report({ model, id: 'run', end: BEGIN });
        const from = Date.now();
        if (way === 'kafka') await world.log.publish(topics.drift, [record]);
        else await signalDirectly(world, record);
        const started = await startOfRetraining(world, model);
        if (pair >= 0) times.push(started - from);
      }
    }
    process.stderr.write(`median ms: kafka ${median(kafka)}, direct ${median(direct)}\n`);
    return { kafka, direct };
  } finally {
    await world.stop();
  }
}

/** What a producer would do that knew Temporal: the same event, read and folded in its own process, signalled at once. */
async function signalDirectly({ client }: World, record: ReturnType<typeof report>): Promise<void> {
  const reading = readEvent({
    ...record,
    key: Buffer.from(String(record.key)),
    value: Buffer.from(String(record.value)),
    headers: { ...record.headers },
    topic: 'direct',
    partition: 0,
    offset: 0,
    timestamp: Date.now(),
  });
  if (!reading.ok) throw new Error(reading.refused.refusal.reason);
  const slice = new SliceFold();
  slice.add(reading.accepted);
  const [[fold] = []] = slice.models('direct', 0);
  const delivery = await deliver(client, fold!);
  if (delivery.kind !== 'delivered') throw new Error(delivery.reason);
}

async function startOfRetraining({ client }: World, model: string): Promise<number> {
  const id = `retraining/${model}/1.2026-01-01T00-00Z.24h.${referencePolicy.version}`;
  let started = NaN;
  await until(`the retraining of ${model} has started`, async () => {
    started = (await client.workflow.getHandle(id).describe()).startTime.getTime();
    return true;
  });
  return started;
}
