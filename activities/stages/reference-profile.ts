import type { Signature } from '../../contracts/plan.ts';
import {
  expectedSlices,
  profileOf,
  sliceTallies,
  withRarity,
  type Column,
  type ExpectedPerformance,
  type LabelledRow,
  type ReferenceProfile,
} from '../../domain/drift/index.ts';
import { failure } from '../failure.ts';
import { Table } from '../table.ts';
import { readRows } from './labelled-rows.ts';
import type { ModelClient } from './model-client.ts';
import { ask } from './repeatability.ts';

/** The monitor finds the profile among a release's evidence by this name. */
export const REFERENCE_PROFILE = 'reference-profile.json';

/**
 * What the version knew when it was good: the distribution of its inputs, and of its own answers to them, on at most `most`
 * rows spread evenly over the file; with the performance that validation showed, as a whole and by the features that are
 * watched by group or slice.
 */
export async function makeReferenceProfile(
  client: ModelClient,
  signature: Signature,
  source: { readonly path: string; readonly what: string; readonly most: number; readonly batchRows: number },
  validated: {
    readonly expected: ExpectedPerformance;
    readonly rows: readonly LabelledRow[];
    readonly slices: readonly string[];
    readonly threshold: number;
  },
  onShare: (share: number) => void,
): Promise<ReferenceProfile> {
  const { path, what, most, batchRows } = source;
  const columns = signature.inputs.map(({ name }) => ({ name, values: [] as (string | number | null)[] }));
  const scores: number[] = [];
  await Table.open(path, what, async (table) => {
    const total = Math.min(most, await table.count());
    if (total === 0) throw failure('DataUnreadable', `${what} has no rows`);
    for await (const rows of readRows(table, { signature, most })) {
      const features = rows.map((row) => row.features);
      for (const column of columns) {
        for (const row of features) column.values.push(row[column.name] ?? null);
      }
      for (const score of await ask(client, features, batchRows, 2)) scores.push(score);
      onShare(scores.length / total);
    }
  });
  const profile = profileOf(
    columns.map(({ name, values }, i): Column =>
      signature.inputs[i]?.kind === 'category'
        ? { name, kind: 'category', values: values as (string | null)[] }
        : { name, kind: 'numeric', values: values as (number | null)[] },
    ),
    { output: { scores } },
  );
  const rows = scores.map((_, i) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[i] ?? null])),
  );
  const { expected, slices, threshold } = validated;
  if (slices.length === 0) return { ...withRarity(profile, rows), expected };
  const of = expectedSlices(sliceTallies(validated.rows, profile, slices, threshold));
  return { ...withRarity(profile, rows), expected: { ...expected, slices: { threshold, of } } };
}
