/**
 * Whether every drift event is counted once, whatever is killed: mixed events over 6 partitions and 50 models, while the broker
 * is killed and restarted, ingest is killed three times, Temporal is stopped and started, and a consumer joins and leaves.
 */
import { machine } from '../../bench.ts';
import type { Bench, Target } from '../../bench.ts';
import { versions } from '../../../stack/versions.ts';
import { conserve } from './measure.ts';
import type { Conserved } from './measure.ts';

const SEEDS = [20_261, 20_262, 20_263];

export const run: Bench = async ({ quick, seed }) => {
  const events = quick ? 4_000 : 100_000;
  const seeds = seed !== undefined ? [seed] : quick ? SEEDS.slice(0, 1) : SEEDS;
  const runs: Conserved[] = [];
  for (const one of seeds) {
    const say = (line: string): void => void process.stderr.write(`seed ${one}: ${line}\n`);
    const result = await conserve({ events, models: 50, seed: one, say });
    say(JSON.stringify(result));
    runs.push(result);
  }
  return {
    machine: machine(),
    versions: { node: process.version, kafka: versions.kafka, temporal: versions.temporalServer },
    raw: { events, runs },
    targets: runs.flatMap((result) => targetsOf(result)),
  };
};

function targetsOf(run: Conserved): Target[] {
  const none = (name: string, value: number): Target => ({
    name: `${name}, seed ${run.seed}`,
    value,
    target: '0',
    holds: value === 0,
  });
  return [
    none('records that no bucket accounts for', run.produced - run.accounted),
    none('events lost', run.lost),
    none('events counted twice', run.doubled),
    none('events in another bucket than the reference has them', run.misplaced),
    none('retrainings that the reference has not', run.retrainingsUnexpected),
    none('retrainings that only the reference has', run.retrainingsMissing),
    {
      name: `events a signal, seed ${run.seed}`,
      value: (run.accounted - run.deadLettered) / run.signals,
      target: 'at least 1',
      holds: run.accounted - run.deadLettered >= run.signals,
    },
  ];
}
