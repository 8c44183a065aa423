import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { ObserveInput } from '../../contracts/activities.ts';
import type { StageStep } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Report } from '../../contracts/report.ts';
import type { StepVerdict } from '../../domain/canary/index.ts';
import type {
  CanaryJudge,
  KayentaResult,
  MetricVerdict,
  Verdict as Judgement,
} from '../../domain/judge/index.ts';
import { canaryPicture } from './picture.ts';

export interface CanaryFindings {
  readonly input: ObserveInput;
  readonly stage: StageStep;
  readonly judge: CanaryJudge;
  readonly judgement: Judgement;
  /** What Kayenta's judge makes of the same bins, where the release file asks for it. */
  readonly kayenta?: KayentaResult;
  readonly step: StepVerdict;
  readonly samples: Readonly<Record<'baseline' | 'canary', number>>;
  readonly bins: number;
  readonly seconds: number;
}

/** A canary step's report: small here; the whole judgement, with the bounds over time and their picture, is its evidence. */
export async function canaryReport(evidence: EvidenceStore, findings: CanaryFindings): Promise<Report> {
  const { input, stage, judge, judgement, kayenta, step, samples, bins, seconds } = findings;
  const verdict = step.verdict ?? 'inconclusive';
  const weight = input.exposures.at(-1)?.weight ?? 0;
  const name = `canary-step-${input.canaryStep + 1}`;
  const history = judge.history();
  const file = await evidence.put(
    JSON.stringify(
      {
        release: `${input.model}/${input.version}`,
        baseline: input.baseline,
        exposures: input.exposures,
        judgement,
        ...(kayenta ? { mannwhitney: kayenta } : {}),
        history,
      },
      null,
      1,
    ),
    { name: `${name}.json`, mediaType: 'application/json' },
  );
  const heading = `${input.model}/${input.version} at ${weight} %`;
  const picture = await evidence.put(
    canaryPicture({ heading, verdict, reason: step.reason, judgement, history }),
    { name: `${name}.svg`, mediaType: 'image/svg+xml' },
  );
  return {
    stage: stage.name,
    verdict,
    summary: `at ${weight} %: ${kayenta ? `${step.reason.replace(/\.$/, '')}. ${kayentaText(kayenta)}` : step.reason}`,
    checks: judgement.metrics.map((metric) => checkOf(metric)),
    metrics: {
      'canary-samples': { value: samples.canary, unit: 'predictions' },
      'baseline-samples': { value: samples.baseline, unit: 'predictions' },
      bins: { value: bins, unit: 'bins' },
      ...Object.fromEntries(judgement.metrics.flatMap((metric) => harm(metric))),
    },
    evidence: [file, picture],
    seconds,
  };
}

/** Told after the verdict, for it decides nothing. */
function kayentaText({ classification, score, metrics }: KayentaResult): string {
  const each = metrics.map(({ name, classification: found }) => `${name} ${found}`).join(', ');
  return `To compare, Kayenta's judge would say ${classification} with a score of ${Math.round(score)} (${each}).`;
}

function checkOf(metric: MetricVerdict): CheckResult {
  const { name, state, required, effect, lowerBound, upperBound, margin, unit, samples, wouldChange } =
    metric;
  const bounds =
    lowerBound === null || upperBound === null
      ? 'no bounds yet'
      : `always-valid bounds ${lowerBound.toPrecision(3)} to ${upperBound.toPrecision(3)}`;
  const found =
    effect === null
      ? 'not measured yet'
      : `harm ${effect.toPrecision(3)} ${unit}, ${bounds}, margin ${margin}`;
  return {
    name: `${name} not worse than the baseline`,
    metric: `${name}-harm`,
    verdict: state === 'harmful' ? 'fail' : state === 'safe' ? 'pass' : 'inconclusive',
    severity: required ? 'blocking' : 'warning',
    reason: `${found}; ${samples.canary} canary and ${samples.baseline} baseline rows. ${wouldChange}`,
  };
}

/** Estimated harm with its always-valid interval: positive means that the canary is worse. */
function harm({ name, effect, lowerBound, upperBound, unit, samples }: MetricVerdict): [string, Metric][] {
  if (effect === null || !Number.isFinite(effect)) return [];
  const lower = lowerBound !== null && Number.isFinite(lowerBound) ? { lower: lowerBound } : {};
  const upper = upperBound !== null && Number.isFinite(upperBound) ? { upper: upperBound } : {};
  return [[`${name}-harm`, { value: effect, unit, samples: samples.canary, ...lower, ...upper }]];
}
