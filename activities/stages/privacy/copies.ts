import type { Signature } from '../../../contracts/plan.ts';
import { asCount } from '../../../domain/plan/index.ts';
import { rowKey } from '../../../domain/synthetic/index.ts';
import { Table } from '../../table.ts';
import { readRows } from '../labelled-rows.ts';
import type { FeatureRow } from '../model-client.ts';
import type { DataFile } from '../sample-rows.ts';
import { blocking } from '../stage-report.ts';
import { notMade, type Attack } from './attack.ts';

/** A row's inputs as one text; the label is left out: a row with another label is still somebody's. */
export const inputsKey = ({ inputs }: Signature, row: FeatureRow): string =>
  rowKey(inputs.map(({ name }) => row[name] ?? null));

/** How many of these rows stand in a file, input for input. Reads every row of it, and holds none. */
export async function copiesIn(
  keys: ReadonlySet<string>,
  { path, what }: DataFile,
  signature: Signature,
): Promise<number> {
  const found = new Set<string>();
  await Table.open(path, what, async (table) => {
    for await (const rows of readRows(table, { signature })) {
      for (const { features } of rows) {
        const key = inputsKey(signature, features);
        if (keys.has(key)) found.add(key);
      }
    }
  });
  return found.size;
}

/** Rows of a synthetic twin that are real rows: a copy is no synthesis. */
export async function twinCopies(
  twin: readonly FeatureRow[] | undefined,
  real: readonly DataFile[],
  signature: Signature,
): Promise<Attack> {
  if (twin === undefined) return notMade('twin-copies', 'there is no synthetic twin');
  const keys = new Set(twin.map((row) => inputsKey(signature, row)));
  const details: { file: string; copies: number }[] = [];
  for (const file of real) details.push({ file: file.what, copies: await copiesIn(keys, file, signature) });
  const bad = details.find(({ copies }) => copies > 0);
  return {
    attack: 'twin-copies',
    notMade: null,
    checks: [
      blocking(
        'twin-copies',
        'twin-copies',
        bad === undefined,
        bad === undefined
          ? `none of ${asCount(twin.length)} synthetic rows is a real one`
          : `${asCount(bad.copies)} of ${asCount(twin.length)} synthetic rows stand in ${bad.file}`,
      ),
    ],
    metrics: {
      'twin-copies': {
        value: details.reduce((sum, { copies }) => sum + copies, 0),
        unit: 'rows',
        samples: twin.length,
      },
    },
    details,
  };
}
