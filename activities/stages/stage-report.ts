import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { StageInput } from '../../contracts/activities.ts';
import type { StageStep } from '../../contracts/plan.ts';
import type { CheckResult, Envelope, Metrics, Report, Verdict } from '../../contracts/report.ts';
import { judgeChecks, worstVerdict } from '../../domain/plan/index.ts';

/** What a stage found. `builtIn` are the checks that it always makes; the plan's own are judged here. */
export interface Findings {
  readonly builtIn: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly envelope?: Envelope;
  readonly evidence?: readonly EvidenceRef[];
  /** Everything that a reader of the evidence may want and the small report has no room for. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What was found, in words, when it went well. */
  readonly headline: string;
}

/** Judges, writes the full report as evidence, and answers with the small one. */
export async function finishReport(
  evidence: EvidenceStore,
  input: StageInput,
  stage: StageStep,
  startedAt: number,
  findings: Findings,
): Promise<Report> {
  const { builtIn, metrics, envelope, details } = findings;
  const checks = [...builtIn, ...judgeChecks(stage.checks, metrics)];
  const verdict = worstVerdict(checks);
  const seconds = Math.round(performance.now() - startedAt) / 1000;
  const report = {
    stage: stage.name,
    verdict,
    summary: summaryOf(verdict, checks, findings.headline),
    checks,
    metrics,
    ...(envelope === undefined ? {} : { envelope }),
    seconds,
  };
  const full = { schema: 1, ...input, ...report, evidence: findings.evidence ?? [], details };
  const ref = await evidence.put(`${JSON.stringify(full, null, 1)}\n`, {
    name: `${stage.name}-report.json`,
    mediaType: 'application/json',
  });
  return { ...report, evidence: [ref, ...(findings.evidence ?? [])] };
}

/** The reason that decided; the headline when all is well. */
function summaryOf(verdict: Verdict, checks: readonly CheckResult[], headline: string): string {
  const decisive = checks.find((check) => check.severity === 'blocking' && check.verdict === verdict);
  if (verdict === 'pass' || decisive === undefined) return headline;
  return `${decisive.name}: ${decisive.reason}`;
}

/** A blocking check that a stage makes by itself. */
export function blocking(name: string, metric: string, holds: boolean, reason: string): CheckResult {
  return { name, metric, severity: 'blocking', verdict: holds ? 'pass' : 'fail', reason };
}

/** Findings where one check stops a stage before anything else can be looked at. */
export function stoppedBy(check: CheckResult, details: Findings['details'] = {}): Findings {
  return { builtIn: [check], metrics: {}, details, headline: '' };
}

/** Findings about a version that did not load. */
export function notLoaded({
  reason,
  seconds,
}: {
  readonly reason: string;
  readonly seconds: number;
}): Findings {
  return stoppedBy(blocking('loads', 'load-seconds', false, reason), { loadSeconds: seconds });
}

/** A check that was not made, because something before it stopped the stage. */
export function notMade(name: string, metric: string, why: string): CheckResult {
  return { name, metric, severity: 'blocking', verdict: 'error', reason: `not tried: ${why}` };
}
