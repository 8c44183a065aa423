import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult, Metrics, Verdict } from '../../contracts/report.ts';
import type { ReleaseEvent, ReleaseState } from '../release/index.ts';

/** What became of one stage of the plan. */
export interface Trial {
  readonly step: string;
  readonly stage: string;
  readonly status: 'done' | 'skipped' | 'under way' | 'not reached';
  readonly verdict: Verdict | null;
  /** What was found, or why there is nothing: the reason of a skip with both persons, for one. */
  readonly summary: string;
  readonly attempts: number;
  readonly seconds: number | null;
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  /** Its report first, where it wrote one. Of a canary, the files of every step. */
  readonly evidence: readonly EvidenceRef[];
}

/** Every stage of the plan, in its order, also those that were never reached. */
export function trialsOf(
  plan: Plan,
  state: Pick<ReleaseState, 'steps'>,
  events: readonly ReleaseEvent[],
): Trial[] {
  return plan.steps.flatMap((step, index): Trial[] => {
    if (step.kind !== 'stage') return [];
    const folded = state.steps[index];
    const report = folded?.report ?? null;
    const skipped = folded?.skipped;
    const files = events.flatMap((event) =>
      (event.type === 'CanaryStepFinished' || event.type === 'StageFinished') && event.data.step === index
        ? event.data.report.evidence
        : [],
    );
    return [
      {
        step: step.name,
        stage: step.stage,
        status: statusOf(folded?.status),
        verdict: report?.verdict ?? null,
        summary: skipped
          ? `left out: ${skipped.reason} (signed for by ${skipped.approvedBy}; ${plan.requester} asked for the release)`
          : (report?.summary ?? ''),
        attempts: folded?.attempts ?? 0,
        seconds: report?.seconds ?? null,
        checks: report?.checks ?? [],
        metrics: report?.metrics ?? {},
        evidence: [
          ...new Map([...(report?.evidence ?? []), ...files].map((ref) => [ref.sha256, ref])).values(),
        ],
      },
    ];
  });
}

function statusOf(status: 'waiting' | 'active' | 'done' | 'skipped' | undefined): Trial['status'] {
  if (status === 'active') return 'under way';
  return status === 'done' || status === 'skipped' ? status : 'not reached';
}
