import type { CheckResult, Metric, Metrics } from '../../../contracts/report.ts';
import type { Severity } from '../../../contracts/live-events.ts';
import type { DriftRehearsalParameters } from '../../../contracts/schemas/drift-rehearsal.ts';
import type { Watched } from '../../../domain/drift/monitor/index.ts';
import { asCount, asNumber } from '../../../domain/plan/index.ts';
import {
  falseAlarmInterval,
  noticed,
  type FalseAlarmInterval,
  type Noticed,
  type Quantile,
  type Rehearsed,
  type ScenarioName,
  type TrueQuality,
} from '../../../domain/rehearsal/index.ts';
import { blocking, type Findings } from '../stage-report.ts';
import { unitOf } from '../twin/quality-of.ts';
import type { LaterWindow } from './later.ts';
import type { LevelScores, ScoredLevels } from './score-levels.ts';

export interface LaterFacts {
  readonly windows: readonly LaterWindow[];
  readonly truth: TrueQuality;
  readonly rehearsed: Rehearsed;
}

export interface RehearsalFacts {
  readonly given: DriftRehearsalParameters;
  readonly minSeverity: Severity;
  readonly watched: Watched;
  readonly answers: LevelScores;
  readonly scored: ScoredLevels;
  readonly found: readonly (readonly [ScenarioName, Rehearsed])[];
  readonly later: LaterFacts | undefined;
}

/** Changes that come slowly enough for an alarm to be ahead of the floor. */
const SLOW: readonly ScenarioName[] = ['gradual', 'seasonal'];

/** Checks and metrics of the rehearsal, and the prediction that a review compares with what happened. */
export function judgeRehearsal(facts: RehearsalFacts): {
  findings: Omit<Findings, 'evidence'>;
  prediction: object;
} {
  const { given, minSeverity, watched, answers, scored, found, later } = facts;
  const drifts = found.filter(([name]) => name !== 'calm');
  const runsOf = (some: typeof drifts) => some.flatMap(([, { drift }]) => drift);
  const all = noticed(runsOf(drifts), given.after);
  const slow = noticed(runsOf(drifts.filter(([name]) => SLOW.includes(name))), given.after);
  const alarms = falseAlarmInterval(found.flatMap(([, { calm }]) => calm));
  const byScenario = drifts.map(([name, { drift }]) => [name, noticed(drift, given.after)] as const);
  const metrics: Metrics = {
    ...overallMetrics(all, slow, unitOf(given.quality)),
    'false-alarm-interval-windows': {
      value: alarms.lower,
      unit: 'windows',
      samples: alarms.windowsAtRisk,
      lower: alarms.lower,
    },
    ...scenarioMetrics(byScenario),
    ...(later === undefined ? {} : laterMetrics(later, unitOf(given.quality))),
  };
  const settings = { watch: watched.settings, minSeverity, profile: watched.profileId };
  return {
    findings: {
      builtIn: [answered(answers), notices(all, given), staysCalm(alarms, given)],
      metrics,
      details: {
        ...settings,
        qualityByLevel: scored.levels.map(({ intensity, loss, broken }, n) => ({
          intensity,
          loss,
          broken,
          quality: scored.qualities[n],
        })),
        scenarios: Object.fromEntries(found.map(([name, one]) => [name, shown(one)])),
        summaries: Object.fromEntries(byScenario),
        falseAlarms: alarms,
        ...(later === undefined ? {} : { later: { ...later, rehearsed: shown(later.rehearsed) } }),
        parameters: given,
      },
      headline: headlineOf(all, slow, alarms),
    },
    prediction: {
      schema: 1,
      ...settings,
      quality: given.quality,
      clean: scored.clean,
      runs: given.runs,
      metrics,
      ...(later === undefined ? {} : { later: later.windows }),
    },
  };
}

/** Without the single runs' false alarms, which are summed up. */
const shown = ({ drift, alarmShare, firstKinds, unresolvedShare }: Rehearsed) => ({
  alarmShare,
  firstKinds,
  unresolvedShare,
  alarms: drift.map(({ alarm }) => alarm),
});

function answered({ unanswered, whyNot }: LevelScores): CheckResult {
  const reason =
    unanswered === 0
      ? 'every row was answered with a probability'
      : `${asCount(unanswered)} rows were not answered: ${whyNot}`;
  return blocking('answered', 'error-rate', unanswered === 0, reason);
}

function notices(all: Noticed | null, { maxMissed }: DriftRehearsalParameters): CheckResult {
  if (all === null) {
    const reason = 'an alarm stood before the change in every run, so none could be noticed';
    return blocking('notices', 'missed-share', false, reason);
  }
  const { missed, runs, alarmedBefore } = all;
  const before = alarmedBefore === 0 ? '' : `; ${alarmedBefore} more were alarmed before it`;
  const reason = `${asNumber(missed.estimate * 100)} % of ${asCount(runs)} changes raised no alarm${before}; at most ${asNumber(maxMissed * 100)} % may be missed`;
  return blocking('notices', 'missed-share', missed.estimate <= maxMissed, reason);
}

/** By the bound that speaks against the monitor: it may be that much worse than it was seen to be. */
function staysCalm(
  { alarms, windowsAtRisk, lower }: FalseAlarmInterval,
  { minFalseAlarmWindows }: DriftRehearsalParameters,
): CheckResult {
  const reason = `${asCount(alarms)} false alarms in ${asCount(windowsAtRisk)} windows without a change: one in ${asNumber(lower)} windows at most often (95 %), and one in ${asNumber(minFalseAlarmWindows)} is tolerated`;
  return blocking('stays-calm', 'false-alarm-interval-windows', lower >= minFalseAlarmWindows, reason);
}

const metricOf = ({ value, lower, upper }: Quantile, unit: string, samples: number): Metric => ({
  value,
  unit,
  samples,
  lower,
  upper,
});

function overallMetrics(all: Noticed | null, slow: Noticed | null, unit: string): Metrics {
  if (all === null) return {};
  const { runs, delay, delay90, missed, loss } = all;
  const { estimate: value, lower, upper } = missed;
  return {
    'detection-delay-windows': metricOf(delay, 'windows', runs),
    'detection-delay-windows-p90': metricOf(delay90, 'windows', runs),
    'missed-share': { value, unit: '1', samples: runs, lower, upper },
    'loss-before-alarm': metricOf(loss, unit, runs),
    ...(slow === null ? {} : { 'lead-time-windows': metricOf(slow.lead, 'windows', slow.runs) }),
  };
}

function scenarioMetrics(summaries: readonly (readonly [ScenarioName, Noticed | null])[]): Metrics {
  const metrics: Record<string, Metric> = {};
  for (const [name, summary] of summaries) {
    if (summary === null) continue;
    const { runs, delay, missed, lead } = summary;
    metrics[`${name}-detection-delay-windows`] = metricOf(delay, 'windows', runs);
    metrics[`${name}-missed-share`] = {
      value: missed.estimate,
      unit: '1',
      samples: runs,
      lower: missed.lower,
      upper: missed.upper,
    };
    if (SLOW.includes(name)) metrics[`${name}-lead-time-windows`] = metricOf(lead, 'windows', runs);
  }
  return metrics;
}

/** Windows from the first later one; without an alarm, one more than there are. */
function laterMetrics({ windows, rehearsed }: LaterFacts, unit: string): Metrics {
  const summary = noticed(rehearsed.drift, windows.length);
  if (summary === null) return {};
  const { runs, delay, missed, lead, loss } = summary;
  const alarmed = { value: 1 - missed.estimate, unit: '1', samples: runs };
  const broke = rehearsed.drift.some(({ floor }) => floor !== null);
  return {
    'later-first-alarm-window': metricOf(delay, 'windows', runs),
    'later-alarmed-share': alarmed,
    'later-loss-before-alarm': metricOf(loss, unit, runs),
    ...(broke ? { 'later-lead-time-windows': metricOf(lead, 'windows', runs) } : {}),
  };
}

function headlineOf(all: Noticed | null, slow: Noticed | null, alarms: FalseAlarmInterval): string {
  if (all === null) return 'an alarm always stands';
  const lead =
    slow === null
      ? ''
      : `, ${asNumber(slow.lead.value)} windows before the floor breaks where it comes slowly`;
  return `a change is noticed after ${asNumber(all.delay.value)} windows (90 %: ${asNumber(all.delay90.value)})${lead}; ${asNumber(all.missed.estimate * 100)} % are missed; at least ${asNumber(alarms.lower)} windows between false alarms`;
}
