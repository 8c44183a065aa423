import type { CheckResult, Metrics } from '../../../contracts/report.ts';
import type { ShadowParameters } from '../../../contracts/schemas/shadow.ts';
import { asCount, asNumber } from '../../../domain/plan/index.ts';
import { wilsonInterval } from '../../../domain/statistics/index.ts';
import { blocking } from '../stage-report.ts';
import type { Mirror } from './mirror.ts';

/** Whether what was to be compared came, and was answered by the candidate. */
export function arrived(mirror: Mirror, given: ShadowParameters, seconds: number): CheckResult[] {
  const { seen, dropped } = mirror;
  const { minRequests, maxDropped, maxErrors } = given;
  const total = seen.length + dropped;
  const lost = seen.filter(({ candidate }) => candidate === null).length;
  const came: CheckResult = {
    name: 'requests',
    metric: 'mirrored',
    severity: 'blocking',
    verdict: total >= minRequests ? 'pass' : 'inconclusive',
    reason:
      total >= minRequests
        ? `${asCount(total)} requests of production came in ${asNumber(seconds)} s`
        : `${asCount(total)} requests of production came in ${asNumber(seconds)} s, and ${asCount(minRequests)} are needed: ${asCount(minRequests - total)} more`,
  };
  if (total === 0) return [came];
  const answers = `the candidate left ${asCount(lost)} of ${asCount(seen.length)} requests unanswered, at most ${asNumber(maxErrors * 100)} % are allowed`;
  const drops = `${asCount(dropped)} of ${asCount(total)} requests found ${given.maxInFlight} under way and were not asked, at most ${asNumber(maxDropped * 100)} % are allowed`;
  return [
    came,
    blocking('keeps-up', 'dropped-share', dropped <= maxDropped * total, drops),
    blocking('answers', 'error-rate', lost <= maxErrors * seen.length, answers),
  ];
}

export function counts({ seen, dropped, unanswered }: Mirror): Metrics {
  const total = seen.length + dropped;
  const share = (count: number, of: number) => {
    const { estimate, lower, upper } = wilsonInterval(count, of);
    return { value: estimate, unit: '1', samples: of, lower, upper };
  };
  const lost = seen.filter(({ candidate }) => candidate === null).length;
  return {
    mirrored: { value: total, unit: 'rows' },
    'champion-unanswered': { value: unanswered, unit: 'rows' },
    ...(total > 0 ? { 'dropped-share': share(dropped, total) } : {}),
    ...(seen.length > 0 ? { 'error-rate': share(lost, seen.length) } : {}),
  };
}
