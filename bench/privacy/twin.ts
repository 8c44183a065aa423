import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Signature } from '../../contracts/plan.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { columnsOf, drawRows, fitTwin, rowKey, type Value } from '../../domain/synthetic/index.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import type { GovernanceWorld } from '../../test/activities/governance-world.ts';
import { put } from '../../test/activities/support.ts';
import type { Files } from './models.ts';

const ROWS = 1000;

/** A synthetic twin of rows that the model learnt from, with so many of them copied into it. */
export async function twinFile(world: GovernanceWorld, files: Files, copied: number): Promise<EvidenceRef> {
  const { inputs } = await world.evidence.getJson<Signature>(files['signature'] ?? '');
  const source = await world.evidence.path(files['reference'] ?? '');
  const names = inputs.map(({ name }) => name);
  const columns = inputs.map(({ name, kind }) => ({ name, kind }));
  const path = join(world.dir, `twin-${copied}.parquet`);
  await withDuck(async (duck) => {
    const quoted = names.map((name) => `"${name}"`).join(', ');
    const found = await duck.runAndReadAll(
      `SELECT ${quoted} FROM read_parquet('${source}') LIMIT ${2 * ROWS}`,
    );
    const real = found.getRowsJS() as Value[][];
    const twin = fitTwin(columnsOf(columns, real));
    const known = new Set(real.map(rowKey));
    const rows = drawRows(twin, ROWS, createRandom(5)).filter((row) => !known.has(rowKey(row)));
    const all = [...rows, ...real.slice(0, copied)];
    const lines = all.map((row) =>
      JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))),
    );
    const json = join(world.dir, `twin-${copied}.ndjson`);
    await writeFile(json, lines.join('\n'));
    await duck.run(`COPY (SELECT * FROM read_json('${json}')) TO '${path}' (FORMAT parquet)`);
  });
  return put(world, path);
}
