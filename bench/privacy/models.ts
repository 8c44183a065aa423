/** Models of the bench: trained by the example's own command, on flights that hold what the bench plants. */
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { monthStart } from '../../examples/flight-delays/rows.ts';
import type { GovernanceWorld } from '../../test/activities/governance-world.ts';
import { flightsBetween, put } from '../../test/activities/support.ts';
import { runTraining } from '../../test/example/flights.ts';

const DAY = 86_400_000;
/** How often each planted row stands in the training data: a leaf of the trees holds 20 rows at least. */
const REPEATED = 25;

export type Files = Readonly<Record<string, EvidenceRef>>;

async function train(world: GovernanceWorld, name: string, ...args: string[]): Promise<Files> {
  const out = join(world.dir, name);
  const ran = await runTraining(['--out', out, '--seed', '7', ...args]);
  if (ran.code !== 0) throw new Error(`training ${name} failed: ${ran.stderr}`);
  const files: Record<string, EvidenceRef> = {};
  for (const file of await readdir(out)) files[parse(file).name] = await put(world, join(out, file));
  return files;
}

/** Learns some days by heart: boosted until its loss on them is near 0. */
export async function memorising(world: GovernanceWorld): Promise<Files> {
  const from = monthStart(1);
  const data = await flightsBetween(from, from + 5 * DAY, join(world.dir, 'days.parquet'));
  return train(world, 'memorising', '--data', data, '--iterations', '1000', '--holdout', '0.4');
}

/**
 * 200 flights that never were, each with a label by chance, and 400 of the same kind that stay out of the training. `planted`
 * tells them apart.
 */
export async function canaries(world: GovernanceWorld): Promise<string> {
  const january = await flightsBetween(monthStart(1), monthStart(2), join(world.dir, 'january.parquet'));
  const file = join(world.dir, 'canaries.parquet');
  const numbered = (seed: string): string =>
    `SELECT *, row_number() OVER (ORDER BY hash(flight_id || '${seed}')) AS n FROM read_parquet('${january}') WHERE epoch_ms(scheduled_at) < ${monthStart(1) + 20 * DAY}`;
  await withDuck((duck) =>
    duck.run(`COPY (
      WITH a AS (${numbered('a')}), b AS (${numbered('b')}), c AS (${numbered('c')})
      SELECT a.* EXCLUDE (n) REPLACE (
        b.carrier AS carrier, b.dest AS dest, c.temperature AS temperature, b.humidity AS humidity,
        c.wind_speed AS wind_speed, b.pressure AS pressure, c.scheduled_hour AS scheduled_hour,
        (hash(a.flight_id || 'label') % 2)::TINYINT AS late
      ), a.n <= 200 AS planted
      FROM a JOIN b USING (n) JOIN c USING (n) WHERE a.n <= 600 ORDER BY a.n
    ) TO '${file}' (FORMAT parquet)`),
  );
  return file;
}

/** Trained on January with the planted canaries among its flights. */
export async function withCanaries(world: GovernanceWorld, canaryFile: string): Promise<Files> {
  const data = join(world.dir, 'january-with-canaries.parquet');
  await withDuck((duck) =>
    duck.run(`COPY (
      SELECT * FROM read_parquet('${join(world.dir, 'january.parquet')}')
      UNION ALL BY NAME
      SELECT * EXCLUDE (planted) REPLACE (flight_id || '-' || copy AS flight_id)
      FROM read_parquet('${canaryFile}'), range(${REPEATED}) AS copies(copy) WHERE planted
    ) TO '${data}' (FORMAT parquet)`),
  );
  return train(world, 'with-canaries', '--data', data, '--iterations', '150');
}
