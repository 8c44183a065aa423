import { wilsonInterval } from '../../statistics/index.ts';
import type { Finding } from './closed-window.ts';
import { CONFIDENCE, findingOf, unresolved } from './finding.ts';
import type { Watched } from './input.ts';
import type { TruthSummary } from './truth-summary.ts';

/**
 * The share of the window's answers that users complain about, by its lower bound (Wilson 1927, 95 %). An answer counts once,
 * however many complain. Null unless the plan gives a limit.
 */
export function judgeFeedback({ rows, complaints }: TruthSummary, { settings }: Watched): Finding | null {
  const { complaintRate: threshold, minRows } = settings;
  if (threshold === undefined) return null;
  if (rows < minRows) return unresolved('feedback', `${rows} answers, at least ${minRows} needed`, rows);
  const { estimate, lower: value } = wilsonInterval(complaints, rows, 2 * CONFIDENCE - 1);
  const drifted = value > threshold;
  return findingOf(
    'feedback',
    [
      {
        scope: 'dataset',
        name: null,
        metric: 'complaint_rate_lower_bound',
        value,
        threshold,
        driftWhen: 'gt',
        drifted,
      },
    ],
    { rows, severity: 'critical', numbers: { complaints, complaintRate: estimate } },
  );
}
