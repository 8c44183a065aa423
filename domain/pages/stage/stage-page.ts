import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { CheckResult, Envelope, Report, Verdict } from '../../../contracts/report.ts';
import { asCount, asNumber, withUnit } from '../../plan/index.ts';
import { latencyChart } from '../charts/latency.ts';
import type { Cell, Chart, Page, Section, Table } from '../page.ts';
import { questions } from './questions.ts';
import { stageCharts } from './stage-charts.ts';

export interface StageFacts {
  /** The activity that did it: `sandbox`. The report's stage is the name that the plan gave it. */
  readonly activity: string;
  readonly attempt: number;
  readonly report: Report;
  readonly plan: Plan;
  readonly planRef: EvidenceRef;
  /** What the full report holds beside the small one. */
  readonly details: unknown;
  /** Other JSON documents of the stage, by name. */
  readonly documents: Readonly<Record<string, unknown>>;
}

/** One stage for people: the verdict, why, what was seen, and of what all this was made. */
export function stagePage(facts: StageFacts): Page {
  const { activity, attempt, report, plan } = facts;
  const { stage, verdict, summary, metrics, envelope, seconds } = report;
  const question = questions[activity];
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return {
    title: stage,
    subtitle: `${plan.model} ${plan.version}${again}`,
    verdict,
    lead: [...(question === undefined ? [] : [question]), sentence(summary)].filter((one) => one !== ''),
    sections: [
      checksSection(report, facts.details),
      ...seenSection(facts),
      ...(envelope === undefined ? [] : [envelopeSection(envelope)]),
      {
        heading: 'Metrics',
        tables: [metricsTable(metrics)],
      },
      {
        heading: 'What it rests on',
        paragraphs: [
          `The stage took ${asNumber(seconds)} s. Each file is named by its SHA-256, and can be fetched with seatrial evidence.`,
        ],
        tables: [inputsTable(facts), filesTable('Evidence of this stage', report.evidence)],
      },
    ],
  };
}

const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);

const VERDICTS: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

/** Worst first; of the same verdict what blocks comes before what only warns. */
function worstFirst(checks: readonly CheckResult[]): CheckResult[] {
  const rank = ({ verdict, severity }: CheckResult): number =>
    VERDICTS.indexOf(verdict) * 2 + (severity === 'blocking' ? 0 : 1);
  return checks.toSorted((a, b) => rank(a) - rank(b));
}

function checksSection({ checks, verdict: all }: Report, details: unknown): Section {
  const rows = worstFirst(checks).map(({ name, verdict, severity, reason }): Cell[] => [
    name,
    { verdict },
    severity,
    reason,
  ]);
  return {
    heading: 'Checks',
    paragraphs: [tally(checks), ...notSaid(checks, all), ...leftOut(details)],
    tables: [{ caption: 'Checks, worst first', columns: ['check', 'verdict', 'severity', 'why'], rows }],
  };
}

function tally(checks: readonly CheckResult[]): string {
  const count = (verdict: Verdict): number => checks.filter((one) => one.verdict === verdict).length;
  const others = VERDICTS.filter((verdict) => verdict !== 'pass' && count(verdict) > 0);
  const said = others.map((verdict) => `${count(verdict)} ${verdict}`);
  return `${count('pass')} of ${checks.length} checks pass${said.length === 0 ? '' : `; ${said.join(', ')}`}.`;
}

/** What nobody knows is no pass, and is said. A step of a canary goes on all the same, as long as no harm is proven. */
function notSaid(checks: readonly CheckResult[], all: Verdict): string[] {
  const names = (verdict: Verdict): string =>
    checks
      .filter((one) => one.verdict === verdict)
      .map(({ name }) => name)
      .join(', ');
  const held = checks.some(({ verdict, severity }) => verdict === 'inconclusive' && severity === 'blocking');
  const decides = held ? (all === 'pass' ? ' It did not stop this step.' : ' A person decides.') : '';
  const [open, unmade] = [names('inconclusive'), names('error')];
  return [
    ...(open === '' ? [] : [`Too little evidence to say: ${open}. It does not count as passed.${decides}`]),
    ...(unmade === '' ? [] : [`Could not be measured: ${unmade}.`]),
  ];
}

function leftOut(details: unknown): string[] {
  const left = (details as { leftOut?: unknown } | null | undefined)?.leftOut;
  if (!Array.isArray(left) || left.length === 0) return [];
  return [`Left out by the plan, so nothing is known of it: ${left.map(String).join(', ')}.`];
}

function seenSection(facts: StageFacts): Section[] {
  let charts: readonly Chart[];
  try {
    charts = stageCharts(facts);
  } catch (error) {
    // The evidence of somebody else's stage of the same name may look otherwise.
    const why = error instanceof Error ? error.message : String(error);
    return [{ heading: 'What was seen', paragraphs: [`The evidence could not be drawn: ${why}.`] }];
  }
  return charts.length === 0 ? [] : [{ heading: 'What was seen', charts }];
}

function envelopeSection(envelope: Envelope): Section {
  const { requests, throughputPerSecond, errorRate, cpuSeconds, memoryMiB } = envelope;
  const rows: Cell[][] = [
    ['requests', asCount(requests)],
    ['throughput', `${asNumber(throughputPerSecond)} 1/s`],
    ['errors', `${asNumber(errorRate * 100)} %`],
    ...(cpuSeconds === undefined ? [] : [['processor time', `${asNumber(cpuSeconds)} s`]]),
    ...(memoryMiB === undefined ? [] : [['memory', `${asNumber(memoryMiB)} MiB`]]),
  ];
  return {
    heading: 'Envelope',
    charts: [latencyChart(envelope)],
    tables: [{ caption: 'Limits of performance that were observed', columns: ['what', 'observed'], rows }],
  };
}

function metricsTable(metrics: Report['metrics']): Table {
  const rows = Object.entries(metrics).map(([name, { value, unit, lower, upper, samples }]): Cell[] => [
    name,
    withUnit(value, unit),
    intervalText(lower, upper),
    samples === undefined ? '' : asCount(samples),
  ]);
  return { caption: 'Metrics', columns: ['metric', 'value', '95 % interval', 'samples'], rows };
}

/** One-sided bounds say so. */
function intervalText(lower: number | undefined, upper: number | undefined): string {
  if (lower !== undefined && upper !== undefined) return `${asNumber(lower)} to ${asNumber(upper)}`;
  if (lower !== undefined) return `at least ${asNumber(lower)}`;
  return upper === undefined ? '' : `at most ${asNumber(upper)}`;
}

function inputsTable({ plan, planRef }: StageFacts): Table {
  return filesTable('Inputs: what was tried, and on what', [
    planRef,
    plan.artifact,
    plan.signature,
    ...Object.values(plan.data),
  ]);
}

function filesTable(caption: string, files: readonly EvidenceRef[]): Table {
  return {
    caption,
    columns: ['file', 'bytes', 'SHA-256'],
    rows: files.map(({ name, bytes, sha256 }): Cell[] => [name, asCount(bytes), { code: sha256 }]),
  };
}
