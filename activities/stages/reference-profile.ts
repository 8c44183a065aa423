import type { Signature } from '../../contracts/plan.ts';
import {
  profileOf,
  type Column,
  type ExpectedPerformance,
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
 * rows spread evenly over the file; with the performance that validation showed.
 */
export async function makeReferenceProfile(
  client: ModelClient,
  signature: Signature,
  source: { readonly path: string; readonly what: string; readonly most: number; readonly batchRows: number },
  expected: ExpectedPerformance,
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
  return { ...profile, expected };
}
