import type { Measurement } from '../../../contracts/live-events.ts';
import { groupRate, type GroupCounts, type GroupRate, type RateName } from '../../fairness/index.ts';
import { newcombeInterval } from '../../statistics/index.ts';
import { MISSING_CELL, NEW_CELL, OTHER_CELL, type SliceTally } from '../index.ts';
import type { Finding } from './closed-window.ts';
import { CONFIDENCE, findingOf, unresolved } from './finding.ts';
import type { Watched } from './input.ts';
import { positiveThresholdOf, type TruthSummary } from './truth-summary.ts';

const RATES = [
  'selectionRate',
  'truePositiveRate',
  'falsePositiveRate',
] as const satisfies readonly RateName[];
/** As release files and people write them. */
const metricOf: Record<(typeof RATES)[number], string> = {
  selectionRate: 'positive_rate_difference_lower_bound',
  truePositiveRate: 'true_positive_rate_difference_lower_bound',
  falsePositiveRate: 'false_positive_rate_difference_lower_bound',
};

/** Labelled rows that a group needs, and rows that a rate is taken over. */
export const GROUP_SUPPORT = { minimumRows: 100, minimumEvents: 30 };
export const DEFAULT_DIFFERENCE = 0.2;

type Measured = Extract<GroupRate, { measurable: true }>;
type Count = Pick<Measured, 'hits' | 'of'>;

interface Pair {
  readonly rate: (typeof RATES)[number];
  readonly name: string;
  readonly first: Measured;
  readonly second: Measured;
  readonly reference: { readonly first: Count; readonly second: Count } | null;
}

/**
 * Rates between groups: positives, true positives (equal opportunity) and false positives (with it: equalised odds), for
 * each two groups of each feature in `groups`. A pair drifts when the lower bound of its difference is above the tolerated
 * difference and above what the reference itself may have had: the upper bound of the same pair's difference there, by 95 %.
 * Groups that differed at release were accepted there by people who saw it; the monitor says when it became worse.
 *
 * Intervals are Newcombe's (1998, method 10). Those of the window are at Bonferroni's level over all pairs and rates, so
 * that picking the worst afterwards costs nothing. Null unless the plan names groups.
 */
export function judgeFairness(summary: TruthSummary, watched: Watched): Finding | null {
  const { groups = [], minRows, fairnessDifference = DEFAULT_DIFFERENCE } = watched.settings;
  if (groups.length === 0) return null;
  const n = summary.labelled;
  if (n < minRows) return unresolved('fairness', `${n} labelled rows, at least ${minRows} needed`, n);
  const pairs = groups.flatMap((feature) => pairsOf(feature, summary, watched));
  if (pairs.length === 0) {
    const { minimumRows, minimumEvents } = GROUP_SUPPORT;
    const least = `${minimumRows} labelled rows and ${minimumEvents} of a class`;
    return unresolved('fairness', `no two groups of ${groups.join(', ')} have ${least}`, n);
  }
  const level = 1 - (1 - CONFIDENCE) / pairs.length;
  const judged = pairs.map((pair) => measure(pair, level, fairnessDifference));
  // One measurement for each rate and feature would hide the second worst pair; all of them would fill the event.
  const shown = judged.sort((a, b) => b.value - b.threshold - (a.value - a.threshold)).slice(0, MOST_SHOWN);
  return findingOf('fairness', shown, {
    rows: n,
    numbers: { pairs: pairs.length, groups: new Set(pairs.flatMap(({ name }) => name.split(' / '))).size },
  });
}

const MOST_SHOWN = 20;

function measure(pair: Pair, level: number, tolerated: number): Measurement {
  const { first, second, reference, name, rate } = pair;
  const window = newcombeInterval(first.hits, first.of, second.hits, second.of, level);
  const value = Math.max(0, window.lower, -window.upper);
  let threshold = tolerated;
  if (reference !== null) {
    const { first: a, second: b } = reference;
    const before = newcombeInterval(a.hits, a.of, b.hits, b.of, 2 * CONFIDENCE - 1);
    threshold = Math.max(tolerated, window.estimate >= 0 ? before.upper : -before.lower);
  }
  const metric = metricOf[rate];
  return { scope: 'label', name, metric, value, threshold, driftWhen: 'gt', drifted: value > threshold };
}

function pairsOf(feature: string, { slices }: TruthSummary, { profile, settings }: Watched): Pair[] {
  const nameless = [MISSING_CELL, NEW_CELL, OTHER_CELL];
  const here = slices.filter((slice) => slice.feature === feature && !nameless.includes(slice.cell));
  const known = profile.expected?.slices;
  // Rates of another threshold say nothing about these.
  const before = known?.threshold === positiveThresholdOf(settings) ? known.of : [];
  const referenceOf = (cell: string, rate: RateName): Count | null => {
    const slice = before.find((one) => one.feature === feature && one.cell === cell);
    const measured =
      slice && groupRate(countsOf(slice), rate, { minimumRows: 1, minimumEvents: 1 }, CONFIDENCE);
    return measured?.measurable ? measured : null;
  };
  return RATES.flatMap((rate) => {
    const measured = here.flatMap((slice) => {
      const one = groupRate(countsOf(slice), rate, GROUP_SUPPORT, CONFIDENCE);
      return one.measurable
        ? [{ cell: slice.cell, rate: one, reference: referenceOf(slice.cell, rate) }]
        : [];
    });
    return measured.flatMap((a, i) =>
      measured.slice(i + 1).map((b): Pair => ({
        rate,
        name: `${feature}=${a.cell} / ${feature}=${b.cell}`,
        first: a.rate,
        second: b.rate,
        reference:
          a.reference === null || b.reference === null ? null : { first: a.reference, second: b.reference },
      })),
    );
  });
}

function countsOf({ cell, rows, ...counts }: Omit<SliceTally, 'loss' | 'squaredLoss'>): GroupCounts {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  return { group: cell, rows, truePositives, falsePositives, falseNegatives, trueNegatives };
}
