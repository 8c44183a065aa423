import type { CheckResult, Metric, Metrics } from '../../../contracts/report.ts';
import type { SyntheticParameters } from '../../../contracts/schemas/synthetic.ts';
import { asCount, asNumber } from '../../../domain/plan/index.ts';
import { blocking } from '../stage-report.ts';
import type { TwinFacts } from './make-twin.ts';

/** Is the twin like the real rows, and like none of them? */
export function twinChecks(twin: TwinFacts, limits: SyntheticParameters['twin']): CheckResult[] {
  const { copies, copiesRefused, releasedRows } = twin;
  const noCopies = blocking(
    'twin-copies',
    'twin-copies',
    copies === 0,
    `${asCount(copies)} of ${asCount(releasedRows)} released rows are real ones; ${asCount(copiesRefused)} that were had been left out`,
  );
  return [noCopies, ...anonymity(twin, limits), fidelity(twin, limits), closeness(twin, limits)];
}

function anonymity(
  { anonymity: found, suppressed, releasedRows }: TwinFacts,
  { quasiIdentifiers, k }: SyntheticParameters['twin'],
): CheckResult[] {
  if (quasiIdentifiers === undefined) return [];
  const left = `${asCount(suppressed)} rows in smaller groups were left out, ${asCount(releasedRows)} are released`;
  const reason =
    found === null
      ? `no group of ${quasiIdentifiers.join(', ')} has ${k} rows, so nothing can be released`
      : `each combination of ${quasiIdentifiers.join(', ')} is shared by ${found} rows at least, and ${k} are asked; ${left}`;
  return [blocking('twin-anonymity', 'twin-k', found !== null && found >= k, reason)];
}

const tooFew = (rows: number): string =>
  `only ${asCount(rows)} rows of the twin can be released, too few to measure`;

function fidelity(
  { measured, releasedRows }: TwinFacts,
  { maxMarginalExcess, maxPairwiseExcess }: SyntheticParameters['twin'],
): CheckResult {
  const { marginal, pairwise } = measured?.means ?? {};
  if (marginal == null || pairwise == null) {
    const reason = measured === null ? tooFew(releasedRows) : 'a single column has no pairs';
    const verdict = measured === null ? 'fail' : 'error';
    return { name: 'twin-fidelity', metric: 'twin-pairwise-excess', severity: 'blocking', verdict, reason };
  }
  const holds =
    marginal.twin - marginal.real <= maxMarginalExcess && pairwise.twin - pairwise.real <= maxPairwiseExcess;
  const words = (name: string, { twin, real }: { twin: number; real: number }, most: number): string =>
    `${name} are ${asNumber(twin)} from the fitted rows (held-out rows: ${asNumber(real)}; at most ${asNumber(most)} more)`;
  const reason = `${words('columns', marginal, maxMarginalExcess)}, ${words('pairs', pairwise, maxPairwiseExcess)}`;
  return blocking('twin-fidelity', 'twin-pairwise-excess', holds, reason);
}

/** Judged by the lower bound: a share above one half by chance is no memory. */
function closeness(
  { measured, releasedRows }: TwinFacts,
  { maxCloser }: SyntheticParameters['twin'],
): CheckResult {
  if (measured === null) return blocking('twin-memory', 'twin-closer-share', false, tooFew(releasedRows));
  const { estimate, lower } = measured.closest.closerToFitted;
  const reason = `${asNumber(estimate * 100)} % of the twin (at least ${asNumber(lower * 100)} %) is nearer to a row that it was fitted on than to a held-out one; at most ${asNumber((0.5 + maxCloser) * 100)} % is allowed`;
  return blocking('twin-memory', 'twin-closer-share', lower <= 0.5 + maxCloser, reason);
}

export function twinMetrics({
  copies,
  releasedRows,
  fittedRows,
  anonymity: k,
  measured,
}: TwinFacts): Metrics {
  const rows = (value: number, unit = '1'): Metric => ({ value, unit, samples: releasedRows });
  const metrics: Record<string, Metric> = {
    'twin-copies': rows(copies, 'rows'),
    'twin-released-share': { value: releasedRows / fittedRows, unit: '1', samples: fittedRows },
    ...(k === null ? {} : { 'twin-k': rows(k, 'rows') }),
  };
  if (measured === null) return metrics;
  for (const [name, mean] of Object.entries(measured.means)) {
    if (mean === null) continue;
    metrics[`twin-${name}-distance`] = rows(mean.twin);
    metrics[`twin-${name}-excess`] = rows(mean.twin - mean.real);
  }
  const { closerToFitted, twinQuantile, realQuantile, twinRows } = measured.closest;
  const { estimate: value, lower, upper } = closerToFitted;
  metrics['twin-closer-share'] = { value, unit: '1', samples: twinRows, lower, upper };
  metrics['twin-closest-record'] = { value: twinQuantile, unit: '1', samples: twinRows };
  metrics['real-closest-record'] = { value: realQuantile, unit: '1', samples: twinRows };
  return metrics;
}
