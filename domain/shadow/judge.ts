import type { CheckResult, Metric, Metrics } from '../../contracts/report.ts';
import { asCount, asNumber } from '../plan/index.ts';
import { judgeBound } from './bound.ts';
import { isFlip, type Pair } from './pair.ts';
import { pairedMean, pairedShare, type PairedInterval } from './paired-interval.ts';
import { pairedQuality, type PairedQuality } from './paired-quality.ts';
import { compareSlices, type SliceDisagreement } from './slices.ts';

export interface ShadowLimits {
  readonly confidence: number;
  /** Share of requests that the two decide differently. */
  readonly maxFlipRate: number;
  /** Mean of candidate minus champion, either way. */
  readonly maxScoreShift: number;
  readonly maxSliceFlipRate: number;
  readonly maxSliceScoreShift: number;
  readonly sliceMinRows: number;
  /** Log-loss that the candidate may lose, in nats. */
  readonly logLossMargin: number;
  /** Labelled pairs without which there is no word on quality; 0 when the plan can do without. */
  readonly minLabels: number;
  readonly threshold: number;
}

export interface Comparison {
  readonly flips: PairedInterval;
  readonly shift: PairedInterval;
  readonly slices: readonly SliceDisagreement[];
  readonly slicesTooSmall: number;
  readonly quality: PairedQuality;
}

export function compare(
  pairs: readonly Pair[],
  columns: readonly string[],
  { confidence, threshold, sliceMinRows: minRows }: ShadowLimits,
): Comparison {
  const units = pairs.map(({ unit }) => unit);
  const { slices, tooSmall } = compareSlices(pairs, { columns, minRows, threshold, confidence });
  return {
    flips: pairedShare(
      pairs.map((pair) => isFlip(pair, threshold)),
      units,
      confidence,
    ),
    shift: pairedMean(
      pairs.map(({ champion, candidate }) => candidate - champion),
      units,
      confidence,
    ),
    slices,
    slicesTooSmall: tooSmall,
    quality: pairedQuality(pairs, threshold, confidence),
  };
}

/**
 * Does it agree with the champion? `declared` means that the champion is the declared answer and no model: then disagreement is what a
 * model is for, and only quality is judged.
 */
export function judgeShadow(comparison: Comparison, limits: ShadowLimits, declared: boolean): CheckResult[] {
  const quality = judgeQuality(comparison.quality, limits);
  if (declared) return quality;
  const { flips, shift } = comparison;
  return [
    judgeBound(
      {
        name: 'flips',
        metric: 'flip-rate',
        what: 'the share of flipped decisions',
        limit: limits.maxFlipRate,
      },
      flips,
    ),
    judgeBound(
      { name: 'score-shift', metric: 'score-shift', what: shiftWords(shift), limit: limits.maxScoreShift },
      absolute(shift),
    ),
    worst(comparison, 'slice-flips', 'worst-slice-flip-rate', limits),
    worst(comparison, 'slice-score-shift', 'worst-slice-score-shift', limits),
    ...quality,
  ];
}

const shiftWords = ({ estimate }: PairedInterval): string =>
  `the mean shift of the score (${estimate < 0 ? 'downwards' : 'upwards'})`;

/** The interval of the size of what may go either way. */
function absolute(interval: PairedInterval): PairedInterval {
  const { estimate, lower, upper } = interval;
  const ends = [Math.abs(lower), Math.abs(upper)];
  return {
    ...interval,
    estimate: Math.abs(estimate),
    lower: lower <= 0 && upper >= 0 ? 0 : Math.min(...ends),
    upper: Math.max(...ends),
  };
}

type SliceCheck = 'slice-flips' | 'slice-score-shift';

const ORDER = ['fail', 'error', 'inconclusive', 'pass'] as const;

/** The slice whose interval decides: the worst verdict, and among those the largest lower bound. */
function worst(comparison: Comparison, name: SliceCheck, metric: string, limits: ShadowLimits): CheckResult {
  const [limit, intervalOf] =
    name === 'slice-flips'
      ? [limits.maxSliceFlipRate, ({ flips }: SliceDisagreement) => flips]
      : [limits.maxSliceScoreShift, ({ shift }: SliceDisagreement) => absolute(shift)];
  const rest =
    comparison.slicesTooSmall === 0
      ? ''
      : `; ${comparison.slicesTooSmall} slices have fewer than ${limits.sliceMinRows} rows and are not judged`;
  if (comparison.slices.length === 0) {
    const reason = `no slice has ${limits.sliceMinRows} rows${rest}`;
    return { name, metric, severity: 'warning', verdict: 'inconclusive', reason };
  }
  const judged = comparison.slices
    .map((slice) => {
      const interval = intervalOf(slice);
      const what = `${name === 'slice-flips' ? 'the share of flipped decisions' : 'the mean shift of the score'} where ${slice.column} is ${slice.value}`;
      return { interval, check: judgeBound({ name, metric, what, limit }, interval) };
    })
    .sort(
      (a, b) =>
        ORDER.indexOf(a.check.verdict) - ORDER.indexOf(b.check.verdict) ||
        b.interval.lower - a.interval.lower ||
        b.interval.estimate - a.interval.estimate,
    );
  const { check } = judged[0]!;
  return { ...check, reason: `${check.reason}; worst of ${judged.length} slices${rest}` };
}

/** Labels from which an interval of the log-loss is worth reading. */
const LEAST_LABELS = 30;
const ALPHA = 0.05;

function judgeQuality(quality: PairedQuality, limits: ShadowLimits): CheckResult[] {
  const { labelled, logLoss, onlyChampion, onlyCandidate, pValue } = quality;
  const needed = Math.max(LEAST_LABELS, limits.minLabels);
  const asked = limits.minLabels > 0 ? 'blocking' : 'warning';
  if (labelled < needed) {
    const reason = `${asCount(labelled)} of the pairs have a label, and ${asCount(needed)} are needed: ${asCount(needed - labelled)} more`;
    const common = { severity: asked, verdict: 'inconclusive', reason } as const;
    return [
      { name: 'log-loss', metric: 'log-loss-difference', ...common },
      { name: 'decisions', metric: 'mcnemar-p', ...common },
    ];
  }
  const what = 'the log-loss beyond the champion’s';
  const loss = judgeBound(
    { name: 'log-loss', metric: 'log-loss-difference', what, limit: limits.logLossMargin },
    logLoss,
  );
  const worse = onlyChampion > onlyCandidate && pValue < ALPHA;
  const counts = `only the champion was right ${asCount(onlyChampion)} times, only the candidate ${asCount(onlyCandidate)} times, of ${asCount(labelled)} (McNemar p ${asNumber(pValue)})`;
  return [
    // Harm that is proven stops the release; too few labels do so only where the plan asked for them.
    loss.verdict === 'inconclusive' ? { ...loss, severity: asked } : loss,
    {
      name: 'decisions',
      metric: 'mcnemar-p',
      severity: 'blocking',
      verdict: !Number.isFinite(pValue) ? 'error' : worse ? 'fail' : 'pass',
      reason: counts,
    },
  ];
}

export function shadowMetrics({ flips, shift, slices, quality }: Comparison): Metrics {
  const metrics: Record<string, Metric> = {};
  const put = (name: string, unit: string, { estimate, lower, upper, samples }: PairedInterval): void => {
    if ([estimate, lower, upper].every(Number.isFinite))
      metrics[name] = { value: estimate, unit, samples, lower, upper };
  };
  put('flip-rate', '1', flips);
  put('score-shift', '1', shift);
  put('log-loss', 'nats', quality.candidateLogLoss);
  put('log-loss-difference', 'nats', quality.logLoss);
  const by = (size: (slice: SliceDisagreement) => PairedInterval) =>
    slices.map(size).sort((a, b) => b.lower - a.lower)[0];
  const flipped = by((slice) => slice.flips);
  const shifted = by((slice) => absolute(slice.shift));
  if (flipped) put('worst-slice-flip-rate', '1', flipped);
  if (shifted) put('worst-slice-score-shift', '1', shifted);
  metrics['labelled'] = { value: quality.labelled, unit: 'rows' };
  if (quality.labelled > 0)
    metrics['mcnemar-p'] = { value: quality.pValue, unit: '1', samples: quality.labelled };
  return metrics;
}
