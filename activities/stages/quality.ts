import { createHash } from 'node:crypto';
import type { Signature } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Metrics } from '../../contracts/report.ts';
import { profileOf, type ExpectedPerformance, type LabelledRow } from '../../domain/drift/index.ts';
import { asCount } from '../../domain/plan/index.ts';
import {
  classificationMetrics,
  classificationSums,
  mergeClassificationSums,
  scoreTableOf,
  type ClassificationSums,
  type Interval,
} from '../../domain/quality/index.ts';
import { failure } from '../failure.ts';
import { identifier, Table } from '../table.ts';
import { runInThread } from '../thread/index.ts';
import type { CalibrationInput } from './calibration-interval.ts';
import { readRows, type DataRow } from './labelled-rows.ts';
import { ModelRefused, type ModelClient } from './model-client.ts';
import { isProbability } from './repeatability.ts';
import { blocking } from './stage-report.ts';

export interface QualityOptions {
  readonly path: string;
  readonly signature: Signature;
  readonly labelColumn: string;
  /** Columns whose values are looked at apart. */
  readonly slices: readonly string[];
  /** Slices with fewer labelled rows are listed and not judged. */
  readonly sliceMinRows: number;
  readonly threshold: number;
  readonly seed: number;
  readonly batchRows: number;
}

export interface SliceQuality {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly positives: number;
  readonly logLoss: Interval;
  readonly auc: Interval | null;
  /** False for a slice below the minimum size. */
  readonly judged: boolean;
}

export interface Quality {
  readonly check: CheckResult;
  readonly metrics: Metrics;
  readonly rows: number;
  readonly unlabelled: number;
  readonly slices: readonly SliceQuality[];
  /** What the monitor may expect of the version once it serves. */
  readonly expected: ExpectedPerformance;
  /** At most 50,000 of the labelled rows, spread evenly, with the model's answers. */
  readonly kept: readonly LabelledRow[];
  /** SHA-256 of the scores of all labelled rows, in order. */
  readonly outputDigest: string;
}

/** Rows whose scores are kept one by one, for calibration; more are spread evenly over the data. */
const MOST_KEPT = 50_000;
/** Up to here every score counts by itself in the ranking; beyond, scores are rounded to a millionth, so that memory stays flat. */
const MOST_EXACT = 200_000;
const MOST_SLICES = 1_000;
const CONCURRENT_REQUESTS = 2;
/** Rows that are summed together: a merge costs as much as there are distinct scores, however few rows it adds. */
const SUMMED_TOGETHER = 20_000;

/**
 * Quality on labelled rows that the model never saw, asked of the served model. Memory does not grow with the rows.
 * Throws `DataUnreadable`, and `PlanInvalid` for a slice column with more than 1,000 values.
 */
export async function measureQuality(
  client: ModelClient,
  options: QualityOptions,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Quality> {
  return Table.open(options.path, 'the validation file', async (table) => {
    await table.requireColumns([options.labelColumn]);
    const all = await table.count();
    const labelled = await table.count(`${identifier(options.labelColumn)} IS NOT NULL`);
    if (labelled === 0) {
      throw failure(
        'DataUnreadable',
        `the validation file has ${all} rows and no ${options.labelColumn} in any`,
      );
    }
    const tally = new Tally(options, labelled);
    for await (const rows of readRows(table, options)) {
      await scoreInto(tally, client, rows, options.batchRows);
      onShare(tally.seen / labelled);
    }
    return tally.result(all - labelled, signal);
  });
}

async function scoreInto(tally: Tally, client: ModelClient, rows: DataRow[], size: number): Promise<void> {
  const batches: DataRow[][] = [];
  for (let from = 0; from < rows.length; from += size) batches.push(rows.slice(from, from + size));
  for (let from = 0; from < batches.length; from += CONCURRENT_REQUESTS) {
    const some = batches.slice(from, from + CONCURRENT_REQUESTS);
    const answers = await Promise.all(some.map((batch) => answerOf(client, batch)));
    answers.forEach((answer, i) => tally.add(some[i] ?? [], answer));
  }
}

async function answerOf(client: ModelClient, batch: readonly DataRow[]): Promise<Float64Array | string> {
  try {
    return await client.scores(batch.map(({ features }) => features));
  } catch (error) {
    if (error instanceof ModelRefused) return error.message;
    throw error;
  }
}

/** Everything that is summed over the rows. */
class Tally {
  readonly #options: QualityOptions;
  readonly #total: number;
  readonly #digest = createHash('sha256');
  readonly #slices: Map<string, ClassificationSums>[];
  #sums: ClassificationSums | undefined;
  #kept: LabelledRow[] = [];
  #waiting: { labels: number[]; scores: number[]; slices: (readonly string[])[] } = none();
  #unanswered = 0;
  #whyNot = '';
  seen = 0;

  constructor(options: QualityOptions, total: number) {
    this.#options = options;
    this.#total = total;
    this.#slices = options.slices.map(() => new Map<string, ClassificationSums>());
  }

  add(rows: readonly DataRow[], answer: Float64Array | string): void {
    const scores = typeof answer === 'string' || !answer.every(isProbability) ? undefined : answer;
    if (scores === undefined) {
      this.#unanswered += rows.length;
      this.#whyNot ||= typeof answer === 'string' ? answer : 'a score is no probability';
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
      const at = this.seen + i;
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
    const [labels, scores] = [
      Float64Array.from(this.#waiting.labels),
      Float64Array.from(this.#waiting.scores),
    ];
    this.#waiting = none();
    if (labels.length === 0) return;
    const sums = this.#sumsOf(labels, scores);
    this.#sums = this.#sums === undefined ? sums : mergeClassificationSums(this.#sums, sums);
    this.#addSlices(slices, labels, scores);
  }

  async result(unlabelled: number, signal: AbortSignal): Promise<Quality> {
    this.#sumUp();
    const sums = this.#sums;
    if (sums === undefined) {
      throw failure(
        'ServingUnavailable',
        `none of ${this.#total} validation rows was answered: ${this.#whyNot}`,
      );
    }
    const { rocAuc, logLoss, brier } = classificationMetrics(sums);
    const { labels, scores } = this.#columns();
    const calibration = await runInThread<CalibrationInput, Interval>({
      module: new URL('calibration-interval.ts', import.meta.url),
      name: 'calibrationInterval',
      input: { labels, scores, seed: this.#options.seed },
      signal,
    });
    const slices = this.#sliceQualities();
    return {
      check: blocking(
        'validation-answered',
        'error-rate',
        this.#unanswered === 0,
        this.#unanswered === 0
          ? `${asCount(this.#total)} labelled rows were answered`
          : `${asCount(this.#unanswered)} of ${asCount(this.#total)} labelled rows were not answered: ${this.#whyNot}`,
      ),
      metrics: {
        ...(rocAuc === null ? {} : { auc: metricOf(rocAuc, '1', sums.rows) }),
        'log-loss': metricOf(logLoss, 'nats', sums.rows),
        brier: metricOf(brier, '1', sums.rows),
        'calibration-error': metricOf(calibration, '1', this.#kept.length),
        ...worstSlices(slices),
      },
      rows: sums.rows,
      unlabelled,
      slices,
      expected: this.#expected(),
      kept: this.#kept,
      outputDigest: this.#digest.digest('hex'),
    };
  }

  #columns(): { labels: number[]; scores: number[] } {
    return {
      labels: this.#kept.map(({ label }) => label),
      scores: this.#kept.map(({ score }) => score),
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

  #sliceQualities(): SliceQuality[] {
    return this.#slices.flatMap((values, column) =>
      [...values]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([value, sums]) => {
          const { rows, positives, logLoss, rocAuc } = classificationMetrics(sums);
          return {
            column: this.#options.slices[column] ?? '',
            value,
            rows,
            positives,
            logLoss,
            auc: rocAuc,
            judged: rows >= this.#options.sliceMinRows,
          };
        }),
    );
  }

  #expected(): ExpectedPerformance {
    const { labels, scores } = this.#columns();
    const { expected } = profileOf([{ name: 'score', kind: 'numeric', values: scores }], {
      output: { scores, labels },
    });
    if (expected === null) throw new Error('a profile with labels has an expected performance');
    return expected;
  }
}

const none = (): { labels: number[]; scores: number[]; slices: (readonly string[])[] } => ({
  labels: [],
  scores: [],
  slices: [],
});

function metricOf({ estimate, lower, upper }: Interval, unit: string, samples: number): Metric {
  return { value: estimate, unit, samples, lower, upper };
}

/** The worst of the slices that are large enough, each metric by itself. */
export function worstSlices(slices: readonly SliceQuality[]): Metrics {
  const judged = slices.filter((slice) => slice.judged);
  const byLoss = judged.reduce<SliceQuality | undefined>(
    (worst, slice) => (worst && worst.logLoss.estimate >= slice.logLoss.estimate ? worst : slice),
    undefined,
  );
  const byAuc = judged.reduce<SliceQuality | undefined>((worst, slice) => {
    if (slice.auc === null) return worst;
    return worst?.auc && worst.auc.estimate <= slice.auc.estimate ? worst : slice;
  }, undefined);
  return {
    ...(byLoss ? { 'worst-slice-log-loss': metricOf(byLoss.logLoss, 'nats', byLoss.rows) } : {}),
    ...(byAuc?.auc ? { 'worst-slice-auc': metricOf(byAuc.auc, '1', byAuc.rows) } : {}),
  };
}
