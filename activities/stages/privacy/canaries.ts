import { asCount, asNumber } from '../../../domain/plan/index.ts';
import { rocAucInterval } from '../../../domain/quality/index.ts';
import { surety } from '../../../domain/privacy/index.ts';
import type { CheckResult } from '../../../contracts/report.ts';
import { failure } from '../../failure.ts';
import type { ScoredFile } from '../scored-file.ts';
import { blocking } from '../stage-report.ts';
import { notMade, withinLimit, type Attack } from './attack.ts';

/** Column of the canaries' file that is true where the row was planted in the training. */
export const PLANTED = 'planted';

/**
 * Rows made up to be recognised: some were planted in the training data, and their likes never were. A model that is surer of
 * the planted ones has learnt them by heart; the exposure is Carlini et al.'s (2019). And none may turn up in released rows.
 *
 * @throws `DataUnreadable` without at least 10 rows of each kind
 */
export function canaries(
  rows: ScoredFile | undefined,
  maxAuc: number,
  found: readonly { readonly what: string; readonly copies: number }[],
): Attack {
  if (rows === undefined) return notMade('canaries', 'no canaries are declared');
  const planted = (rows.columns[PLANTED] ?? []).map((value) => (/^(true|1)$/i.test(value) ? 1 : 0));
  const count = planted.filter((one) => one === 1).length;
  if (count < 10 || planted.length - count < 10) {
    throw failure(
      'DataUnreadable',
      `the canaries file has ${count} planted rows and ${planted.length - count} others; at least 10 of each are needed, in a column ${PLANTED}`,
    );
  }
  const sure = rows.scores.map((score, i) => surety(score, rows.labels[i] ?? 0));
  const auc = rocAucInterval(planted, sure);
  const exposures = exposureOf(planted, sure);
  const leaked = found.filter(({ copies }) => copies > 0);
  const remembered: CheckResult = {
    name: 'canaries-remembered',
    metric: 'canary-auc',
    severity: 'blocking',
    verdict: withinLimit(auc, maxAuc),
    reason: `a planted canary is told from its likes with an AUC of ${asNumber(auc.estimate)} (between ${asNumber(auc.lower)} and ${asNumber(auc.upper)}); ${asNumber(maxAuc)} is allowed, and the median exposure is ${asNumber(exposures)} bits`,
  };
  return {
    attack: 'canaries',
    notMade: null,
    checks: [
      remembered,
      blocking(
        'canaries-released',
        'canaries-released',
        leaked.length === 0,
        leaked.length === 0
          ? `none of ${asCount(count)} planted canaries is in released rows`
          : `${leaked.map(({ what, copies }) => `${copies} planted canaries are in ${what}`).join(', ')}`,
      ),
    ],
    metrics: {
      'canary-auc': {
        value: auc.estimate,
        unit: '1',
        samples: planted.length,
        lower: auc.lower,
        upper: auc.upper,
      },
      'canary-exposure': { value: exposures, unit: 'bits', samples: count },
      'canaries-released': { value: leaked.reduce((sum, { copies }) => sum + copies, 0), unit: 'rows' },
    },
    details: { planted: count, others: planted.length - count, auc, exposure: exposures, found },
  };
}

/** Median over planted canaries of log2 of all others less log2 of the place among them: 1 bit where nothing is remembered. */
function exposureOf(planted: readonly number[], sure: Float64Array): number {
  const others = sure.filter((_, i) => planted[i] === 0);
  const bits = [...sure]
    .filter((_, i) => planted[i] === 1)
    .map((one) => {
      const place = 1 + others.filter((other) => other >= one).length;
      return Math.log2(others.length + 1) - Math.log2(place);
    })
    .sort((a, b) => a - b);
  return bits[Math.floor(bits.length / 2)] ?? 0;
}
