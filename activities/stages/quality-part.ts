import { createHash } from 'node:crypto';
import type { LabelledRow } from '../../domain/drift/index.ts';
import {
  classificationSums,
  mergeClassificationSums,
  scoreTableOf,
  type ClassificationSums,
} from '../../domain/quality/index.ts';
import { failure } from '../failure.ts';
import { identifier, Table } from '../table.ts';
import { readRows, type DataRow } from './labelled-rows.ts';
import type { ModelClient } from './model-client.ts';
import type { QualityOptions } from './quality.ts';
import { answerOf } from './score-rows.ts';

/** What is summed over some of the labelled rows, as JSON. Parts of one file add up, in their order, to what one part would have. */
export interface QualityPart {
  /** Null when none of the rows was answered. */
  readonly sums: ClassificationSums | null;
  /** For each slice column, the sums of each value. */
  readonly slices: readonly (readonly (readonly [string, ClassificationSums])[])[];
  /** Rows whose answers are kept one by one. */
  readonly kept: readonly LabelledRow[];
  readonly unanswered: number;
  /** Why the first unanswered row was not answered; empty when all were. */
  readonly whyNot: string;
  /** SHA-256 of the scores of each block, in order. */
  readonly blocks: readonly string[];
}

/** The validation file, opened, and how many rows it has. */
export interface Rows {
  readonly table: Table;
  readonly all: number;
  readonly labelled: number;
}

/** One of several shares of the rows, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Rows of the file, by their numbers: the first, and the first that belongs to the next. */
interface Block {
  readonly from: number;
  readonly to: number;
}

/** Rows of the file that are digested together. Shards are made of whole blocks, so that their number changes no digest. */
const BLOCK = 50_000;
/** Rows whose scores are kept one by one, for calibration; more are spread evenly over the data. */
const MOST_KEPT = 50_000;
/** Up to here every score counts by itself in the ranking; beyond, scores are rounded to a millionth, so that memory stays flat. */
const MOST_EXACT = 200_000;
const MOST_SLICES = 1_000;
const CONCURRENT_REQUESTS = 2;
/** Rows that are summed together: a merge costs as much as there are distinct scores, however few rows it adds. */
const SUMMED_TOGETHER = 20_000;

/** Opens the validation file. Throws `DataUnreadable` when it cannot be read or has no label. */
export function withRows<T>(
  { path, labelColumn }: Pick<QualityOptions, 'path' | 'labelColumn'>,
  use: (rows: Rows) => Promise<T>,
): Promise<T> {
  return Table.open(path, 'the validation file', async (table) => {
    await table.requireColumns([labelColumn]);
    const all = await table.count();
    const labelled = await table.count(`${identifier(labelColumn)} IS NOT NULL`);
    if (labelled === 0) {
      throw failure('DataUnreadable', `the validation file has ${all} rows and no ${labelColumn} in any`);
    }
    return use({ table, all, labelled });
  });
}

/** The blocks of one shard. With more shards than blocks some have none. */
export function blocksOf({ all }: Pick<Rows, 'all'>, { index, of }: Shard): Block[] {
  const count = Math.ceil(all / BLOCK);
  const [first, end] = [Math.floor((index * count) / of), Math.floor(((index + 1) * count) / of)];
  return Array.from({ length: end - first }, (_, i) => {
    const from = (first + i) * BLOCK;
    return { from, to: Math.min(all, from + BLOCK) };
  });
}

/** Asks the model the labelled rows of these blocks, one block after another. */
export async function scoreBlocks(
  client: ModelClient,
  options: QualityOptions,
  rows: Rows,
  blocks: readonly Block[],
  onShare: (share: number) => void,
): Promise<QualityPart> {
  let sum = nothing(options);
  for (const [done, block] of blocks.entries()) {
    const part = await scoreBlock(client, options, rows, block, (share) =>
      onShare((done + share) / blocks.length),
    );
    sum = addedUp([sum, part]);
  }
  return sum;
}

/** These blocks when nobody could be asked: every labelled row is unanswered. */
export async function unansweredBlocks(
  options: QualityOptions,
  { table }: Rows,
  blocks: readonly Block[],
  whyNot: string,
): Promise<QualityPart> {
  let unanswered = 0;
  for (const { from, to } of blocks) {
    const where = `${identifier(options.labelColumn)} IS NOT NULL AND file_row_number >= ${from} AND file_row_number < ${to}`;
    unanswered += await table.count(where);
  }
  return { ...nothing(options), unanswered, whyNot };
}

async function scoreBlock(
  client: ModelClient,
  options: QualityOptions,
  { table, labelled }: Rows,
  { from, to }: Block,
  onShare: (share: number) => void,
): Promise<QualityPart> {
  const before = await table.count(
    `${identifier(options.labelColumn)} IS NOT NULL AND file_row_number < ${from}`,
  );
  const tally = new Tally(options, labelled, before);
  for await (const rows of readRows(table, { ...options, only: { from, to } })) {
    await scoreInto(tally, client, rows, options.batchRows);
    onShare(Math.min(1, tally.seen / (to - from)));
  }
  return tally.part();
}

async function scoreInto(tally: Tally, client: ModelClient, rows: DataRow[], size: number): Promise<void> {
  const batches: DataRow[][] = [];
  for (let from = 0; from < rows.length; from += size) batches.push(rows.slice(from, from + size));
  for (let from = 0; from < batches.length; from += CONCURRENT_REQUESTS) {
    const some = batches.slice(from, from + CONCURRENT_REQUESTS);
    const answers = await Promise.all(
      some.map((batch) =>
        answerOf(
          client,
          batch.map(({ features }) => features),
        ),
      ),
    );
    answers.forEach((answer, i) => tally.add(some[i] ?? [], answer));
  }
}

function nothing({ slices }: Pick<QualityOptions, 'slices'>): QualityPart {
  return { sums: null, slices: slices.map(() => []), kept: [], unanswered: 0, whyNot: '', blocks: [] };
}

/** Throws on an empty list: it says nothing of the slices. */
export function addedUp(parts: readonly QualityPart[]): QualityPart {
  return parts.reduce((a, b) => ({
    sums: a.sums === null ? b.sums : b.sums === null ? a.sums : mergeClassificationSums(a.sums, b.sums),
    slices: a.slices.map((values, column) => mergedValues(values, b.slices[column] ?? [])),
    kept: [...a.kept, ...b.kept],
    unanswered: a.unanswered + b.unanswered,
    whyNot: a.whyNot === '' ? b.whyNot : a.whyNot,
    blocks: [...a.blocks, ...b.blocks],
  }));
}

function mergedValues(
  a: readonly (readonly [string, ClassificationSums])[],
  b: readonly (readonly [string, ClassificationSums])[],
): [string, ClassificationSums][] {
  const all = new Map(a);
  for (const [value, sums] of b) {
    const before = all.get(value);
    all.set(value, before === undefined ? sums : mergeClassificationSums(before, sums));
  }
  return [...all];
}

/** One digest of all answers, in the rows' order. */
export function digestOfBlocks({ blocks }: Pick<QualityPart, 'blocks'>): string {
  return createHash('sha256').update(blocks.join('\n')).digest('hex');
}

/** Everything that is summed over the rows of one block. */
class Tally {
  readonly #options: QualityOptions;
  readonly #total: number;
  readonly #before: number;
  readonly #digest = createHash('sha256');
  readonly #slices: Map<string, ClassificationSums>[];
  #sums: ClassificationSums | undefined;
  #kept: LabelledRow[] = [];
  #waiting = none();
  #unanswered = 0;
  #whyNot = '';
  seen = 0;

  /** `total` labelled rows of the file, `before` of them ahead of this block. */
  constructor(options: QualityOptions, total: number, before: number) {
    this.#options = options;
    this.#total = total;
    this.#before = before;
    this.#slices = options.slices.map(() => new Map<string, ClassificationSums>());
  }

  /** Scores of these rows, or why there are none. */
  add(rows: readonly DataRow[], scores: Float64Array | string): void {
    if (typeof scores === 'string') {
      this.#unanswered += rows.length;
      this.#whyNot ||= scores;
      this.seen += rows.length;
      return;
    }
    this.#digest.update(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength));
    for (const [i, { label, slices }] of rows.entries()) {
      this.#waiting.labels.push(label ?? Number.NaN);
      this.#waiting.scores.push(scores[i] as number);
      this.#waiting.slices.push(slices);
    }
    if (this.#waiting.labels.length >= SUMMED_TOGETHER) this.#sumUp();
    for (let i = 0; i < rows.length; i++) {
      const at = this.#before + this.seen + i;
      const share = Math.min(1, MOST_KEPT / this.#total);
      if (Math.floor((at + 1) * share) > Math.floor(at * share)) {
        const { features, label } = rows[i]!;
        this.#kept.push({ features, label: label as 0 | 1, score: scores[i] as number });
      }
    }
    this.seen += rows.length;
  }

  /** Adds what waits to the sums. */
  #sumUp(): void {
    const { slices } = this.#waiting;
    const labels = Float64Array.from(this.#waiting.labels);
    const scores = Float64Array.from(this.#waiting.scores);
    this.#waiting = none();
    if (labels.length === 0) return;
    const sums = this.#sumsOf(labels, scores);
    this.#sums = this.#sums === undefined ? sums : mergeClassificationSums(this.#sums, sums);
    this.#addSlices(slices, labels, scores);
  }

  part(): QualityPart {
    this.#sumUp();
    return {
      sums: this.#sums ?? null,
      slices: this.#slices.map((values) => [...values]),
      kept: this.#kept,
      unanswered: this.#unanswered,
      whyNot: this.#whyNot,
      blocks: [this.#digest.digest('hex')],
    };
  }

  #sumsOf(labels: Float64Array, scores: Float64Array): ClassificationSums {
    const sums = classificationSums(labels, scores, this.#options.threshold);
    if (this.#total <= MOST_EXACT) return sums;
    const rounded = scores.map((score) => Math.round(score * 1e6) / 1e6);
    return { ...sums, table: scoreTableOf(labels, rounded) };
  }

  #addSlices(rows: readonly (readonly string[])[], labels: Float64Array, scores: Float64Array): void {
    this.#slices.forEach((known, column) => {
      const positions = new Map<string, number[]>();
      rows.forEach((slices, i) => {
        const value = slices[column] ?? '';
        const list = positions.get(value);
        if (list === undefined) positions.set(value, [i]);
        else list.push(i);
      });
      for (const [value, at] of positions) {
        const sums = this.#sumsOf(
          Float64Array.from(at, (i) => labels[i] as number),
          Float64Array.from(at, (i) => scores[i] as number),
        );
        const before = known.get(value);
        known.set(value, before === undefined ? sums : mergeClassificationSums(before, sums));
      }
      if (known.size > MOST_SLICES) {
        throw failure(
          'PlanInvalid',
          `the slice column ${this.#options.slices[column] ?? ''} has more than ${MOST_SLICES} values; choose one with groups`,
        );
      }
    });
  }
}

const none = (): { labels: number[]; scores: number[]; slices: (readonly string[])[] } => ({
  labels: [],
  scores: [],
  slices: [],
});
