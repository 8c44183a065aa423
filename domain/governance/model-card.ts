import type { JsonObject } from '../../contracts/json.ts';
import type { Metric, Report } from '../../contracts/report.ts';
import { fairnessMeasures, type FairnessAudit } from '../fairness/index.ts';
import { asCount, asNumber, withUnit } from '../plan/index.ts';
import type { GovernanceFacts } from './facts.ts';
import { lineageFacts } from './lineage-facts.ts';

export interface ModelCard {
  /** Hugging Face's metadata (their `modelcard.md` specification). */
  readonly frontMatter: JsonObject;
  /** Markdown in the sections of Mitchell et al. 2019. */
  readonly body: string;
}

const NOT_SAID = '*Not said in the release file.*';
const NOT_MEASURED = '*Not measured before this stage.*';

/** Names of metrics as Hugging Face's `evaluate` has them. */
const HUB_METRICS: Readonly<Record<string, string>> = { auc: 'roc_auc', brier: 'brier_score' };

/** A model card filled from evidence: what nobody said or measured is shown as such, and never made up. */
export function modelCard(facts: GovernanceFacts): ModelCard {
  const { plan, words } = facts;
  const sections: readonly (readonly [heading: string, text: string])[] = [
    ['Model details', details(facts)],
    ['Intended use', words.intendedUse ?? NOT_SAID],
    ['Out of scope', words.outOfScope ?? NOT_SAID],
    ['Factors', factors(facts)],
    ['Metrics', metrics(facts)],
    ['Evaluation data', evaluationData(facts)],
    ['Training data', trainingData(facts)],
    ['Quantitative analyses', analyses(facts)],
    ['Ethical considerations', words.ethics ?? NOT_SAID],
    ['Caveats and recommendations', words.limitations ?? NOT_SAID],
    ['How it was tried', trials(facts)],
  ];
  return {
    frontMatter: frontMatter(facts),
    body: [
      `# ${plan.model} ${plan.version}`,
      '',
      plan.summary,
      ...sections.flatMap(([heading, text]) => ['', `## ${heading}`, '', text]),
      '',
    ].join('\n'),
  };
}

function frontMatter({ plan, words, earlier }: GovernanceFacts): JsonObject {
  const measured = qualityOf(earlier).map(([name, { value }]) => ({
    type: HUB_METRICS[name] ?? name,
    name,
    value,
  }));
  const validation = plan.data['validation'];
  return {
    // `other` is what the hub wants where a licence has no identifier of its own.
    license: words.license ?? 'other',
    library_name: 'onnx',
    pipeline_tag: 'tabular-classification',
    tags: ['onnx', 'seatrial', plan.model],
    ...(measured.length === 0 || validation === undefined
      ? {}
      : {
          'model-index': [
            {
              name: `${plan.model} ${plan.version}`,
              results: [
                {
                  task: { type: 'tabular-classification' },
                  dataset: { name: validation.name, type: plan.model, revision: validation.sha256 },
                  metrics: measured,
                },
              ],
            },
          ],
        }),
  };
}

function details({ plan, planRef, signature, words, training }: GovernanceFacts): string {
  const owners = plan.people['owner'] ?? [];
  return list([
    `Version ${plan.version}; risk ${plan.risk}; asked for by ${plan.requester}`,
    `Artifact ${plan.artifact.name}, ${asCount(plan.artifact.bytes)} bytes, sha256 \`${plan.artifact.sha256}\``,
    `Plan sha256 \`${planRef.sha256}\``,
    `Licence: ${words.license ?? 'not said'}; contact: ${words.contact ?? (owners.join(', ') || 'not said')}`,
    `Inputs: ${signature.inputs.map(({ name, kind }) => `${name} (${kind})`).join(', ')}`,
    `Output: the chance of the positive class, ${plan.serving.threshold} and above is positive; without a model the answer is ${plan.serving.fallback.score}`,
    `Trained with: ${
      Object.entries(training?.versions ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join(', ') || 'not said'
    }`,
  ]);
}

function factors({ audits }: GovernanceFacts): string {
  if (audits.length === 0) return 'No groups are named, so none were looked at.';
  return list(audits.map(({ of, rates }) => `${of}: ${rates.groups.map(({ group }) => group).join(', ')}`));
}

function metrics({ earlier }: GovernanceFacts): string {
  const rows = qualityOf(earlier).map(([name, metric]) => [
    name,
    shown(metric),
    String(metric.samples ?? ''),
  ]);
  return rows.length === 0 ? NOT_MEASURED : table(['metric', 'value, 95 % interval', 'rows'], rows);
}

function evaluationData({ plan, training }: GovernanceFacts): string {
  const ref = plan.data['validation'];
  if (ref === undefined) return NOT_SAID;
  return list([
    `${ref.name}, sha256 \`${ref.sha256}\`: labelled rows that the model never saw`,
    ...spanOf(training?.holdout ?? null),
  ]);
}

function trainingData(facts: GovernanceFacts): string {
  const ref = facts.plan.data['reference'];
  const said = lineageFacts(facts);
  return list([
    ref === undefined ? 'Rows: not in the plan' : `${ref.name}, sha256 \`${ref.sha256}\``,
    ...spanOf(facts.training?.train ?? null),
    ...Object.entries(said).map(([part, text]) =>
      text === null ? `${part}: not said` : `${part}: \`${text}\``,
    ),
  ]);
}

/** Number of rows and time span, where a training command says them as ours does: milliseconds since 1970. */
function spanOf(span: JsonObject | null): string[] {
  const { rows, from, to } = span ?? {};
  if (typeof rows !== 'number') return [];
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  const when = typeof from === 'number' && typeof to === 'number' ? `, ${day(from)} to ${day(to)}` : '';
  return [`${asCount(rows)} rows${when}`];
}

function analyses({ audits }: GovernanceFacts): string {
  if (audits.length === 0) return 'No groups are named, so fairness was not looked at.';
  return audits.map(fairnessTable).join('\n\n');
}

function fairnessTable({ of, measures, worstGroups }: FairnessAudit): string {
  const rows = fairnessMeasures.map((measure) => {
    const { difference, lower, upper } = measures[measure];
    const measurable = difference !== null && lower !== null && upper !== null;
    return [
      measure,
      measurable ? asNumber(difference) : 'not measurable',
      measurable ? `${asNumber(lower)} to ${asNumber(upper)}` : '',
    ];
  });
  const worst = Object.values(worstGroups).map(
    ({ group, rate, estimate, lower, upper }) =>
      `${rate}: ${group}, ${asNumber(estimate)} against all others (${asNumber(lower)} to ${asNumber(upper)})`,
  );
  return [
    `Between groups of ${of}, the largest difference and its joint 95 % bounds:`,
    '',
    table(['measure', 'difference', 'bounds'], rows),
    ...(worst.length === 0 ? [] : ['', 'The group that stands apart most:', '', list(worst)]),
  ].join('\n');
}

function trials({ earlier }: GovernanceFacts): string {
  if (earlier.length === 0) return NOT_MEASURED;
  return table(
    ['stage', 'verdict', 'report'],
    earlier.map(({ stage, verdict, evidence }) => [stage, verdict, `\`${evidence[0]?.sha256 ?? 'none'}\``]),
  );
}

/** Metrics of quality that any stage so far reported, the first of each name. */
function qualityOf(earlier: readonly Report[]): [string, Metric][] {
  const names = ['auc', 'log-loss', 'brier', 'calibration-error', 'worst-slice-auc', 'worst-slice-log-loss'];
  return names.flatMap((name): [string, Metric][] => {
    const metric = earlier.map((report) => report.metrics[name]).find((one) => one !== undefined);
    return metric === undefined ? [] : [[name, metric]];
  });
}

function shown({ value, unit, lower, upper }: Metric): string {
  const interval =
    lower === undefined || upper === undefined ? '' : ` (${asNumber(lower)} to ${asNumber(upper)})`;
  return `${withUnit(value, unit)}${interval}`;
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
