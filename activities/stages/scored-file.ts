import type { Signature } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';
import { Table } from '../table.ts';
import { readRows } from './labelled-rows.ts';
import { ModelRefused, type FeatureRow, type ModelClient } from './model-client.ts';
import { ask, isProbability } from './repeatability.ts';

/** Labelled rows with what the model answered to them, in the file's order. */
export interface ScoredFile {
  readonly features: readonly FeatureRow[];
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
  /** Values of the extra columns, one list a column; what is missing is a group of its own. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

export interface ScoredFileWanted {
  readonly path: string;
  readonly what: string;
  readonly signature: Signature;
  readonly labelColumn: string;
  readonly columns: readonly string[];
  /** Rows that are asked at most, spread evenly over the file. */
  readonly most: number;
  readonly batchRows: number;
}

/** Asks the served model about labelled rows. Throws `DataUnreadable`, and `ModelRefused` when it has no answer. */
export async function scoreFile(
  client: ModelClient,
  wanted: ScoredFileWanted,
  onShare: (share: number) => void = () => undefined,
): Promise<ScoredFile> {
  const { path, what, signature, labelColumn, columns, most, batchRows } = wanted;
  return Table.open(path, what, async (table) => {
    const features: FeatureRow[] = [];
    const [labels, scores]: [number[], number[]] = [[], []];
    const values = columns.map((): string[] => []);
    const total = Math.min(most, await table.count());
    for await (const rows of readRows(table, { signature, labelColumn, slices: columns, most })) {
      const some = rows.map((row) => row.features);
      for (const score of await ask(client, some, batchRows, 2)) {
        if (!isProbability(score)) throw new ModelRefused(`${what}: a score is ${score}, no probability`);
        scores.push(score);
      }
      for (const row of rows) {
        features.push(row.features);
        labels.push(row.label ?? 0);
        row.slices.forEach((value, i) => values[i]?.push(value));
      }
      onShare(Math.min(1, features.length / total));
    }
    if (features.length === 0) throw failure('DataUnreadable', `${what} has no row with a ${labelColumn}`);
    return {
      features,
      labels: Uint8Array.from(labels),
      scores: Float64Array.from(scores),
      columns: Object.fromEntries(columns.map((name, i) => [name, values[i] ?? []])),
    };
  });
}
