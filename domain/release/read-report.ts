import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { StageStep } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Report, Verdict } from '../../contracts/report.ts';
import { judgeChecks, worstVerdict } from '../plan/index.ts';

/** Longest report in characters of JSON. It is carried by every run of the release and shown to people: more is evidence. */
export const LONGEST_REPORT = 100_000;

export type ReadReport =
  { readonly ok: true; readonly report: Report } | { readonly ok: false; readonly why: string };

/** What counts more comes first, as in `worstVerdict`. */
const VERDICTS: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

/**
 * A stage's answer as a report. Stages may be anybody's, in any language, so nothing is believed: what is no report, or
 * contradicts itself, says why and is a stage that could not be measured. The checks of the release file are judged here
 * from the metrics, whatever the stage says of them: a check that a stage forgets would be a check that nobody makes.
 */
export function readReport(raw: unknown, stage: StageStep): ReadReport {
  try {
    return { ok: true, report: judged(asReport(raw, stage), stage) };
  } catch (error) {
    if (!(error instanceof NoReport)) throw error;
    const what = `the stage ${stage.name} answered with what is no report: ${error.message}`;
    return { ok: false, why: `${what} (docs/custom-stages.md has its form)` };
  }
}

class NoReport extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function asReport(raw: unknown, stage: StageStep): Report {
  if (raw === undefined || raw === null) throw new NoReport('it is empty');
  if (!isFields(raw)) throw new NoReport(`it is ${kindOf(raw)}`);
  const undecodable = raw['undecodable'];
  if (typeof undecodable === 'string') {
    const mend = 'NaN and Infinity are not JSON: leave out a metric that could not be measured';
    throw new NoReport(`it is no JSON (${undecodable.slice(0, 200)}); ${mend}`);
  }
  const size = JSON.stringify(raw).length;
  if (size > LONGEST_REPORT)
    throw new NoReport(
      `it has ${size} characters, and ${LONGEST_REPORT} are allowed; write the rest as evidence`,
    );

  const verdict = verdictIn(raw, 'verdict');
  textIn(raw, 'summary');
  numberIn(raw, 'seconds', 0);
  const checks = listIn(raw, 'checks').map((check, at) => asCheck(check, `checks[${at}]`));
  for (const [name, metric] of Object.entries(fieldsIn(raw, 'metrics'))) asMetric(metric, `metrics.${name}`);
  for (const [at, ref] of listIn(raw, 'evidence').entries()) asEvidence(ref, `evidence[${at}]`);
  if (raw['envelope'] !== undefined) asEnvelope(fieldsIn(raw, 'envelope'));

  const worst = worstVerdict(checks);
  if (milder(verdict, worst)) {
    const decisive = checks.find((one) => one.severity === 'blocking' && one.verdict === worst);
    throw new NoReport(
      `its verdict is ${verdict}, and its blocking check ${decisive?.name ?? ''} says ${worst}; a stage is as good as its worst blocking check`,
    );
  }
  return { ...(raw as unknown as Report), stage: stage.name };
}

function judged(report: Report, stage: StageStep): Report {
  const specs = stage.checks.map(({ name, metric }) => `${name} ${metric}`);
  const own = report.checks.filter(({ name, metric }) => !specs.includes(`${name} ${metric}`));
  const checks = [...own, ...judgeChecks(stage.checks, report.metrics)];
  const worst = worstVerdict(checks);
  if (!milder(report.verdict, worst)) return { ...report, checks };
  const decisive = checks.find((one) => one.severity === 'blocking' && one.verdict === worst);
  const summary = decisive ? `${decisive.name}: ${decisive.reason}` : report.summary;
  return { ...report, verdict: worst, summary, checks };
}

const milder = (one: Verdict, other: Verdict): boolean => VERDICTS.indexOf(one) > VERDICTS.indexOf(other);

function asCheck(raw: unknown, at: string): CheckResult {
  if (!isFields(raw)) throw new NoReport(`\`${at}\` is ${kindOf(raw)}`);
  const { severity } = raw;
  if (severity !== 'blocking' && severity !== 'warning')
    throw new NoReport(`\`${at}.severity\` is ${shown(severity)}; it is blocking or warning`);
  const [name, metric, reason] = [
    textIn(raw, 'name', at),
    textIn(raw, 'metric', at),
    textIn(raw, 'reason', at),
  ];
  return { name, metric, reason, severity, verdict: verdictIn(raw, 'verdict', at) };
}

function asMetric(raw: unknown, at: string): Metric {
  if (!isFields(raw)) throw new NoReport(`\`${at}\` is ${kindOf(raw)}; write { "value": 0.5, "unit": "1" }`);
  for (const name of ['samples', 'lower', 'upper'])
    if (raw[name] !== undefined) numberIn(raw, name, undefined, at);
  return { value: numberIn(raw, 'value', undefined, at), unit: textIn(raw, 'unit', at) };
}

function asEvidence(raw: unknown, at: string): EvidenceRef {
  if (!isFields(raw)) throw new NoReport(`\`${at}\` is ${kindOf(raw)}`);
  const sha256 = textIn(raw, 'sha256', at);
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new NoReport(`\`${at}.sha256\` is ${shown(sha256)}, and not 64 lower-case hex characters`);
  const [name, mediaType] = [textIn(raw, 'name', at), textIn(raw, 'mediaType', at)];
  return { name, sha256, mediaType, bytes: numberIn(raw, 'bytes', 0, at) };
}

function asEnvelope(raw: Fields): void {
  const at = 'envelope';
  for (const name of ['requests', 'throughputPerSecond', 'errorRate']) numberIn(raw, name, 0, at);
  const latency = fieldsIn(raw, 'latencyMs', at);
  for (const name of ['p50', 'p95', 'p99', 'p999']) numberIn(latency, name, 0, `${at}.latencyMs`);
}

function verdictIn(fields: Fields, name: string, at?: string): Verdict {
  const found = VERDICTS.find((verdict) => verdict === fields[name]);
  if (found) return found;
  throw new NoReport(
    `\`${path(name, at)}\` is ${shown(fields[name])}; it is pass, fail, inconclusive or error`,
  );
}

function textIn(fields: Fields, name: string, at?: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new NoReport(`\`${path(name, at)}\` is ${shown(value)}, and not a text`);
}

function numberIn(fields: Fields, name: string, least?: number, at?: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= (least ?? -Infinity)) return value;
  const wanted = least === undefined ? 'a finite number' : `a finite number from ${least} on`;
  throw new NoReport(`\`${path(name, at)}\` is ${shown(value)}, and not ${wanted}`);
}

function listIn(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw new NoReport(`\`${name}\` is ${shown(value)}, and not a list`);
}

function fieldsIn(fields: Fields, name: string, at?: string): Fields {
  const value = fields[name];
  if (isFields(value)) return value;
  throw new NoReport(`\`${path(name, at)}\` is ${shown(value)}, and not an object`);
}

const path = (name: string, at?: string): string => (at === undefined ? name : `${at}.${name}`);
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
const shown = (value: unknown): string =>
  value === undefined ? 'missing' : (JSON.stringify(value) ?? kindOf(value)).slice(0, 80);
