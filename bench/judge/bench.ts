import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { naiveJudge, ourJudge } from './rivals.ts';
import type { Undone } from './rivals.ts';
import { simulateAborts, simulateProofs, standardPlan } from './simulate.ts';
import type { Outcome } from './simulate.ts';
import { detectionTable, kpiTable, latencyTable, meanTable } from './tables.ts';
import { WORLDS } from './worlds.ts';
import type { WorldName } from './worlds.ts';

/** What a bench hands back: every raw number, and each target with its measured value. */
export interface BenchResult {
  machine: object;
  versions: Record<string, string>;
  raw: unknown;
  targets: { name: string; value: number; target: string; holds: boolean }[];
}

const LOOKS = 1440;

/** Aborts allowed among `n` releases: 122 of 2,000, which a true rate of 5 % stays below with chance .99. */
export function allowed(n: number): number {
  return Math.floor(0.05 * n + 2.26 * Math.sqrt(0.0475 * n));
}

/**
 * The judge on simulated releases, all seeded: false aborts in nine worlds, wrong promotions, time to detection beside
 * other rules, latency and business metrics, and what breaks when a safeguard is undone. `quick` runs fewer releases,
 * with the targets' allowance for chance scaled to match.
 */
export function run(options: { quick: boolean }): Promise<BenchResult> {
  const n = options.quick
    ? { worlds: 120, proofs: 80, detection: 60, kayenta: 10, tables: 20, undone: 60 }
    : FULL;
  const targets: BenchResult['targets'] = [];
  const atMost = (name: string, value: number | null, limit: number, unit: string): void => {
    targets.push({
      name,
      value: value ?? Infinity,
      target: `at most ${limit} ${unit}`,
      holds: (value ?? Infinity) <= limit,
    });
  };

  const started = performance.now();
  const falseAborts: Record<string, Outcome> = {};
  for (const world of WORLDS) {
    const kind = world === 'heavy' ? 'amount' : 'rate';
    const rule = ourJudge(standardPlan(kind), kind);
    const outcome = simulateAborts({ world, ratio: 1, releases: n.worlds, looks: LOOKS, seed: 1 }, rule);
    falseAborts[world] = outcome;
    atMost(`false aborts, ${world}`, outcome.stopped, allowed(n.worlds), `of ${n.worlds}`);
  }
  const microsecondsABin = (1000 * (performance.now() - started)) / (WORLDS.length * n.worlds * LOOKS);

  const wrongPromotions: Record<string, Outcome> = {};
  for (const [name, world, ratio, margin, rate] of PROOFS) {
    const kind = world === 'heavy' ? 'amount' : 'rate';
    const outcome = simulateProofs(
      { world, ratio, rate, releases: n.proofs, looks: LOOKS, seed: 2 },
      standardPlan(kind, margin),
    );
    wrongPromotions[name] = outcome;
    const limit = options.quick ? allowed(n.proofs) : 0.05 * n.proofs;
    atMost(`wrong promotions at harm = margin, ${name}`, outcome.stopped, limit, `of ${n.proofs}`);
  }

  // The same margins when nothing is worse: how long a promotion takes, and the share that gets one within a day.
  const promotions: Record<string, Outcome> = {};
  for (const [name, world, , margin, rate] of PROOFS) {
    const kind = world === 'heavy' ? 'amount' : 'rate';
    promotions[name] = simulateProofs(
      { world, ratio: 1, rate, releases: n.tables, looks: LOOKS, seed: 4 },
      standardPlan(kind, margin),
    );
  }

  const detection = detectionTable(n.detection, n.kayenta);
  const ours = detection[0]!.detection;
  for (const [ratio, minutes] of [
    ['x1.5', 100],
    ['x2', 35],
    ['x5', 10],
  ] as const) {
    atMost(`median minutes to abort, ${ratio}`, ours[ratio]!.median, minutes, 'minutes');
  }

  const latency = latencyTable(n.tables);
  const kpi = kpiTable(n.tables);
  const mean = meanTable(n.tables);
  for (const [name, table] of [
    ['latency', latency],
    ['conversion', kpi],
    ['log-loss', mean],
  ] as const) {
    atMost(`false aborts, ${name}`, table[0]!.aborted.stopped, allowed(n.tables), `of ${n.tables}`);
  }

  const undone: Record<string, Outcome> = {};
  for (const [what, world, looks] of UNDONE) {
    const outcome = simulateAborts(
      { world, ratio: 1, releases: n.undone, looks, seed: 3 },
      naiveJudge(what, 0.05, 120),
    );
    undone[what] = outcome;
    const limit = allowed(n.undone);
    targets.push({
      name: `without ${what}, ${world}: the world breaks it`,
      value: outcome.stopped,
      target: `more than ${limit} of ${n.undone}`,
      holds: outcome.stopped > limit,
    });
  }

  return Promise.resolve({
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
    },
    versions: { node: process.versions.node },
    raw: {
      quick: options.quick,
      releases: n,
      looks: LOOKS,
      microsecondsABin: Number(microsecondsABin.toFixed(2)),
      seconds: Math.round((performance.now() - started) / 1000),
      falseAborts,
      wrongPromotions,
      promotions,
      detection,
      latency,
      kpi,
      mean,
      undone,
    },
    targets,
  });
}

const FULL = { worlds: 2000, proofs: 2000, detection: 400, kayenta: 200, tables: 200, undone: 400 };

const PROOFS: [string, WorldName, number, { absolute: number } | { relative: number }, number][] = [
  ['iid, margin 20 %', 'iid', 1.2, { relative: 0.2 }, 0.01],
  ['iid, margin .005', 'iid', 1.5, { absolute: 0.005 }, 0.01],
  ['rare events, margin .002', 'iid', 3, { absolute: 0.002 }, 0.001],
  ['bursts of 4, margin .01', 'bursts4', 2, { absolute: 0.01 }, 0.01],
  ['correlated, margin .005', 'autocorrelated', 1.5, { absolute: 0.005 }, 0.01],
  ['daily rhythm, margin 20 %', 'daily', 1.2, { relative: 0.2 }, 0.01],
  ['ramp, margin 20 %', 'ramp', 1.2, { relative: 0.2 }, 0.01],
  ['heavy tails, margin 20 %', 'heavy', 1.2, { relative: 0.2 }, 0.01],
];

const UNDONE: [Undone, WorldName | 'sticky', number][] = [
  ['stratification', 'ramp', LOOKS],
  ['empirical-variance', 'bursts4', LOOKS],
  ['single-process', 'iid', 3 * LOOKS],
  ['bin-widening', 'sticky', LOOKS],
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const quick = process.argv.includes('--quick');
  const result = await run({ quick });
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(quick ? 'quick.json' : 'full.json', folder), `${JSON.stringify(result, null, 2)}\n`);
  console.table(result.targets);
  process.exitCode = result.targets.every((target) => target.holds) ? 0 : 1;
}
