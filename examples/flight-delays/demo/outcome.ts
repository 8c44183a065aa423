import type { Verification } from '../../../client/index.ts';
import { standOf, type ReleaseView } from '../../../contracts/release-view.ts';
import type { Detection } from '../../../domain/review/index.ts';
import type { DossierOutcome } from './dossiers.ts';
import type { ReviewOutcome } from './review.ts';
import { table } from '../../../stack/table.ts';

/** What the demo writes with `--json`. */
export interface Outcome {
  readonly ok: boolean;
  readonly seconds: number;
  readonly releases: readonly ReleaseOutcome[];
  /** Both versions on the same real flights of June that neither was trained on; null when there is no second version. */
  readonly june: {
    readonly aucChampion: number;
    readonly aucChallenger: number;
    readonly flights: number;
  } | null;
  readonly drift: {
    readonly alarmedAt: string;
    readonly event: string;
    /** Null when the alarm came before the summer. */
    readonly detection: Detection | null;
  } | null;
  /** Of release 1: what was predicted beside what production showed. */
  readonly review: ReviewOutcome | null;
  readonly canary: { readonly samples: { readonly baseline: number; readonly canary: number } } | null;
  readonly rollback: { readonly seconds: number | null };
  readonly ledgers: readonly { readonly stream: string; readonly entries: number; readonly valid: boolean }[];
  readonly dossiers: readonly DossierOutcome[];
  /** What did not hold, in words; empty when `ok`. */
  readonly broken: readonly string[];
}

export interface ReleaseOutcome {
  readonly release: string;
  readonly outcome: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly verdict: string;
    readonly seconds: number | null;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
}

export function releaseOutcome(view: ReleaseView): ReleaseOutcome {
  return {
    release: `${view.model}/${view.version}`,
    outcome: standOf(view),
    stages: view.steps
      .filter(({ status }) => status !== 'waiting')
      .map((step) => ({
        stage: step.kind === 'gate' ? `gate ${step.name}` : step.name,
        verdict: step.verdict ?? step.status,
        seconds: step.seconds,
        metrics: Object.fromEntries(Object.entries(step.metrics).map(([name, { value }]) => [name, value])),
      })),
  };
}

export function ledgerOutcome({ stream, verdict }: Verification): {
  stream: string;
  entries: number;
  valid: boolean;
} {
  return { stream, entries: verdict.valid ? verdict.entries : 0, valid: verdict.valid };
}

const shown = ['auc', 'log-loss', 'log-loss-harm', 'canary-samples', 'latency-p99', 'served-share'];

export function outcomeTable(releases: readonly ReleaseOutcome[]): string {
  const rows = releases.flatMap(({ release, outcome, stages }) => [
    [release, '', outcome, '', ''],
    ...stages.map(({ stage, verdict, seconds, metrics }) => [
      '',
      stage,
      verdict,
      seconds === null ? '' : `${seconds.toFixed(1)} s`,
      shown
        .flatMap((name) =>
          metrics[name] === undefined ? [] : [`${name} ${Number(metrics[name].toPrecision(3))}`],
        )
        .join(', '),
    ]),
  ]);
  return table([['release', 'stage', 'verdict', 'time', 'key metrics'], ...rows]);
}
