import type { Signature } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Metrics } from '../../contracts/report.ts';
import { profileOf, type ExpectedPerformance, type LabelledRow } from '../../domain/drift/index.ts';
import { asCount } from '../../domain/plan/index.ts';
import {
  calibrationBins,
  classificationMetrics,
  type CalibrationBin,
  type Interval,
} from '../../domain/quality/index.ts';
import { wilsonInterval } from '../../domain/statistics/index.ts';
import { failure } from '../failure.ts';
import { runInThread } from '../../adapters/thread/index.ts';
import type { CalibrationInput } from './calibration-interval.ts';
import type { ModelClient } from './model-client.ts';
import {
  addedUp,
  blocksOf,
  digestOfBlocks,
  scoreBlocks,
  withRows,
  type QualityPart,
  type Rows,
} from './quality-part.ts';
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
  /** Groups of rows with like chances, from low to high: what a reliability diagram is drawn from. */
  readonly reliability: readonly (CalibrationBin & Pick<Interval, 'lower' | 'upper'>)[];
  /** What the monitor may expect of the version once it serves. */
  readonly expected: ExpectedPerformance;
  /** At most 50,000 of the labelled rows, spread evenly, with the model's answers. */
  readonly kept: readonly LabelledRow[];
  /** SHA-256 of the scores of all labelled rows, in order. */
  readonly outputDigest: string;
}

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
  return withRows(options, async (rows) => {
    const blocks = blocksOf(rows, { index: 0, of: 1 });
    return qualityOf(options, rows, await scoreBlocks(client, options, rows, blocks, onShare), signal);
  });
}

/** The same from what other workers summed over every part of the rows, in their order. */
export async function qualityOfParts(
  options: QualityOptions,
  parts: readonly QualityPart[],
  signal: AbortSignal,
): Promise<Quality> {
  return withRows(options, (rows) => {
    const whole = addedUp(parts);
    const found = (whole.sums?.rows ?? 0) + whole.unanswered;
    if (found !== rows.labelled) {
      throw failure(
        'PlanInvalid',
        `the parts hold ${asCount(found)} of ${asCount(rows.labelled)} labelled rows; parts of another plan or stage were handed over`,
      );
    }
    return qualityOf(options, rows, whole, signal);
  });
}

async function qualityOf(
  options: QualityOptions,
  { all, labelled }: Rows,
  part: QualityPart,
  signal: AbortSignal,
): Promise<Quality> {
  const { sums, kept, unanswered, whyNot } = part;
  if (sums === null) {
    throw failure('ServingUnavailable', `none of ${labelled} validation rows was answered: ${whyNot}`);
  }
  const { rocAuc, logLoss, brier } = classificationMetrics(sums);
  const labels = kept.map(({ label }) => label);
  const scores = kept.map(({ score }) => score);
  const calibration = await runInThread<CalibrationInput, Interval>({
    module: new URL('calibration-interval.ts', import.meta.url),
    name: 'calibrationInterval',
    input: { labels, scores, seed: options.seed },
    signal,
  });
  const slices = sliceQualities(options, part);
  return {
    check: blocking(
      'validation-answered',
      'error-rate',
      unanswered === 0,
      unanswered === 0
        ? `${asCount(labelled)} labelled rows were answered`
        : `${asCount(unanswered)} of ${asCount(labelled)} labelled rows were not answered: ${whyNot}`,
    ),
    metrics: {
      ...(rocAuc === null ? {} : { auc: metricOf(rocAuc, '1', sums.rows) }),
      'log-loss': metricOf(logLoss, 'nats', sums.rows),
      brier: metricOf(brier, '1', sums.rows),
      'calibration-error': metricOf(calibration, '1', kept.length),
      ...worstSlices(slices),
    },
    rows: sums.rows,
    unlabelled: all - labelled,
    slices,
    reliability: calibrationBins(labels, scores).map((bin) => {
      const { lower, upper } = wilsonInterval(Math.round(bin.eventShare * bin.rows), bin.rows);
      return { ...bin, lower, upper };
    }),
    expected: expectedOf(labels, scores),
    kept,
    outputDigest: digestOfBlocks(part),
  };
}

function sliceQualities({ slices, sliceMinRows }: QualityOptions, part: QualityPart): SliceQuality[] {
  return part.slices.flatMap((values, column) =>
    [...values]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, sums]) => {
        const { rows, positives, logLoss, rocAuc } = classificationMetrics(sums);
        const judged = rows >= sliceMinRows;
        return { column: slices[column] ?? '', value, rows, positives, logLoss, auc: rocAuc, judged };
      }),
  );
}

function expectedOf(labels: readonly number[], scores: readonly number[]): ExpectedPerformance {
  const { expected } = profileOf([{ name: 'score', kind: 'numeric', values: [...scores] }], {
    output: { scores: [...scores], labels: [...labels] },
  });
  if (expected === null) throw new Error('a profile with labels has an expected performance');
  return expected;
}

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
