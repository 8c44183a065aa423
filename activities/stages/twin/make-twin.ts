import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Signature } from '../../../contracts/plan.ts';
import type { SyntheticParameters } from '../../../contracts/schemas/synthetic.ts';
import { rowKey, type ColumnName, type Value } from '../../../domain/synthetic/index.ts';
import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import { failure } from '../../failure.ts';
import { Table } from '../../table.ts';
import { runInThread } from '../../../adapters/thread/index.ts';
import { readRows, type DataRow } from '../labelled-rows.ts';
import type { FeatureRow } from '../model-client.ts';
import { sampleRows, type DataFile } from '../sample-rows.ts';
import type { DrawInput, DrawnTwin, ExamineInput, Examined } from './pure.ts';

/** What is known of the twin, without its rows. */
export interface TwinFacts {
  readonly fittedRows: number;
  readonly releasedRows: number;
  /** Drawn rows whose inputs were those of a real row, anywhere in the plan's data, and were left out. */
  readonly copiesRefused: number;
  /** Released rows that are real ones all the same. */
  readonly copies: number;
  readonly suppressed: number;
  readonly anonymity: number | null;
  readonly measured: Examined['measured'];
  /** The released rows, a JSON object a line. */
  readonly rows: EvidenceRef;
}

interface Asked {
  readonly signature: Signature;
  /** What the twin is fitted on. */
  readonly source: DataFile;
  /** Every file with real rows that must not be shown. */
  readonly files: readonly DataFile[];
  readonly given: SyntheticParameters;
  readonly signal: AbortSignal;
}

const MODULE = new URL('pure.ts', import.meta.url);

/** Makes the synthetic twin of the plan's data, keeps it as evidence, and says what it is worth and what it gives away. */
export async function makeTwin(
  evidence: EvidenceStore,
  { signature, source, files, given, signal }: Asked,
  onShare: (share: number) => void,
): Promise<TwinFacts> {
  const { labelColumn, seed, twin } = given;
  const inputs = signature.inputs.map(({ name, kind }): ColumnName => ({ name, kind }));
  const columns: ColumnName[] = [...inputs, { name: labelColumn, kind: 'numeric' }];
  const quasiIdentifiers = positionsOf(twin.quasiIdentifiers ?? [], inputs);
  const sample = await sampleRows(source, { signature, labelColumn, most: 2 * twin.rows });
  if (sample.length < 200) {
    const what = `${source.what} has ${sample.length} labelled rows, and a twin needs 200 at least`;
    throw failure('DataUnreadable', what);
  }
  onShare(0.1);
  const real = sample.map((row) => valuesOf(row, inputs));
  const drawing: DrawInput = { columns, anchor: labelColumn, real, seed };
  const drawn = await runInThread<DrawInput, DrawnTwin>({
    module: MODULE,
    name: 'drawTwin',
    input: drawing,
    signal,
  });
  onShare(0.3);
  const known = await realOnes(drawn.drawn, inputs, files, signature);
  onShare(0.6);
  const isReal = (row: readonly Value[]): boolean => known.has(inputsKey(row, inputs));
  const fresh = drawn.drawn.filter((row) => !isReal(row));
  const examined = await runInThread<ExamineInput, Examined>({
    module: MODULE,
    name: 'examineTwin',
    input: { ...drawn, drawn: fresh, columns, quasiIdentifiers, k: twin.k, seed },
    signal,
  });
  const { released, suppressed, anonymity, measured } = examined;
  return {
    fittedRows: drawn.fitted.length,
    releasedRows: released.length,
    copiesRefused: drawn.drawn.length - fresh.length,
    copies: released.filter(isReal).length,
    suppressed,
    anonymity,
    measured,
    rows: await evidence.put(linesOf(released, columns), {
      name: 'synthetic-twin.ndjson',
      mediaType: 'application/x-ndjson',
    }),
  };
}

function positionsOf(names: readonly string[], inputs: readonly ColumnName[]): number[] {
  return names.map((name) => {
    const position = inputs.findIndex((input) => input.name === name);
    if (position >= 0) return position;
    const known = inputs.map((input) => input.name).join(', ');
    throw failure('PlanInvalid', `the quasi-identifier ${name} is no input of the model; it has ${known}`);
  });
}

function valuesOf({ features, label }: DataRow, inputs: readonly ColumnName[]): Value[] {
  return [...inputs.map(({ name }) => features[name] ?? null), label];
}

/** The label is left out: a row with another label is still somebody's. */
const inputsKey = (row: readonly Value[], inputs: readonly ColumnName[]): string =>
  rowKey(row.slice(0, inputs.length));

/** The inputs of twin rows that stand in a file, by their keys. Reads every row of it, and holds none. */
async function realOnes(
  twin: readonly (readonly Value[])[],
  inputs: readonly ColumnName[],
  files: readonly DataFile[],
  signature: Signature,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(twin.map((row) => inputsKey(row, inputs)));
  const found = new Set<string>();
  for (const { path, what } of files) {
    await Table.open(path, what, async (table) => {
      for await (const rows of readRows(table, { signature })) {
        for (const { features } of rows) {
          const key = rowKey(inputs.map(({ name }) => features[name] ?? null));
          if (wanted.has(key)) found.add(key);
        }
      }
    });
  }
  return found;
}

function linesOf(rows: readonly (readonly Value[])[], columns: readonly ColumnName[]): string {
  return rows
    .map((row) => `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))}\n`)
    .join('');
}

/** Rows of the twin as the model is asked them, with their labels. */
export function twinRows(lines: string, labelColumn: string): { rows: FeatureRow[]; labels: number[] } {
  const rows: FeatureRow[] = [];
  const labels: number[] = [];
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const { [labelColumn]: label, ...features } = JSON.parse(line) as Record<string, Value>;
    if (label !== 0 && label !== 1) continue;
    rows.push(features);
    labels.push(label);
  }
  return { rows, labels };
}
