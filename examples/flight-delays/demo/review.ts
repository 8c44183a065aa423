import type { ReleaseView } from '../../../contracts/release-view.ts';
import { table } from '../../../stack/table.ts';

export interface ReviewOutcome {
  readonly status: string;
  readonly summary: string;
  readonly lines: readonly ReviewLine[];
  readonly actions: readonly { readonly what: string; readonly owner: string; readonly dueAt: string }[];
}

export interface ReviewLine {
  readonly metric: string;
  readonly unit: string;
  readonly predicted: number | null;
  readonly observed: number | null;
  readonly verdict: string;
  readonly reason: string;
}

/** What the review of a release found, and what people are to do about it. */
export function reviewOutcome({ review, steps, actions = [] }: ReleaseView): ReviewOutcome {
  const step = steps.find(({ name, kind }) => name === 'review' && kind === 'stage');
  const metrics = step?.metrics ?? {};
  return {
    status: review?.status ?? 'none',
    summary: step?.summary ?? '',
    lines: (step?.checks ?? []).map(({ metric, verdict, reason }) => {
      const [predicted, observed] = [metrics[`predicted-${metric}`], metrics[metric]];
      const unit = (observed ?? predicted)?.unit ?? '';
      return {
        metric,
        unit,
        predicted: predicted?.value ?? null,
        observed: observed?.value ?? null,
        verdict,
        reason,
      };
    }),
    actions: actions.map(({ what, owner, dueAt }) => ({ what, owner, dueAt })),
  };
}

export function reviewTable({ lines, actions }: ReviewOutcome): string {
  const number = (value: number | null): string =>
    value === null ? '-' : String(Number(value.toPrecision(3)));
  const rows = lines.map(({ metric, unit, predicted, observed, verdict }) => [
    metric,
    unit === '1' ? '' : unit,
    number(predicted),
    number(observed),
    verdict,
  ]);
  const open = actions.map(({ what, owner, dueAt }) => `  ${owner}, by ${dueAt.slice(0, 10)}: ${what}`);
  return [
    table([['review', 'unit', 'predicted', 'observed', 'verdict'], ...rows]),
    ...(open.length === 0 ? ['no action is open'] : ['actions:', ...open]),
  ].join('\n');
}
