import type { StageActivity, StageInput } from '../../contracts/activities.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { Severity } from '../../contracts/live-events.ts';
import type { Plan, WatchSpec } from '../../contracts/plan.ts';
import {
  driftRehearsalParameters,
  type DriftRehearsalParameters,
} from '../../contracts/schemas/drift-rehearsal.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import type { Watched } from '../../domain/drift/monitor/index.ts';
import {
  scenarios,
  type LaterInput,
  type Rehearsed,
  type RehearseInput,
  type ScenarioName,
} from '../../domain/rehearsal/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { runInThread } from '../../adapters/thread/index.ts';
import { evidenceFailures } from '../plan.ts';
import { defineTrialStage } from './define-stage.ts';
import { dataFile, validationFile } from './plan-files.ts';
import type { Progress } from './progress.ts';
import { judgeRehearsal, type LaterFacts } from './rehearsal/findings.ts';
import { laterWindows } from './rehearsal/later.ts';
import { askLevels, changedLevels, poolRow, scoredLevels, timedRows } from './rehearsal/score-levels.ts';
import type { DataFile } from './sample-rows.ts';
import { scoreRows } from './score-rows.ts';
import { type Findings, notLoaded } from './stage-report.ts';
import { loadVersion, type Trial } from './trial.ts';

const MODULE = new URL('../../domain/rehearsal/index.ts', import.meta.url);
export const PREDICTION = 'drift-prediction.json';

/** When the world changes, will we notice in time? */
export function driftRehearsal(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: driftRehearsalParameters,
    prepare: async ({ plan, input }) => ({
      watched: await watchedBy(context, plan, input),
      validation: await validationFile(context, plan),
      later: await dataFile(context, plan, 'later'),
    }),
    phases: (given, { later }) => ['scores', ...triedIn(given), ...(later === undefined ? [] : ['later'])],
    run: ({ plan, trial, given, files: { watched, ...files }, progress }) =>
      rehearseAll({ context, plan, trial, given, watched, files, progress }),
  });
}

const triedIn = ({ scenarios: declared }: DriftRehearsalParameters): ScenarioName[] =>
  scenarios.filter((name) => name === 'calm' || declared[name] !== false);

/** The version as the monitor will watch it: the plan's own settings, and the profile that an earlier stage left. */
async function watchedBy(
  { evidence }: ActivityContext,
  { model, version, watch }: Plan,
  { profile }: StageInput,
): Promise<Watched> {
  if (watch === undefined) {
    throw failure('PlanInvalid', 'the plan watches nothing, so there is no monitor to rehearse; add `watch`');
  }
  if (profile === undefined) {
    const mend = 'add the stage sandbox before drift-rehearsal';
    throw failure('PlanInvalid', `no stage before this one left a reference profile; ${mend}`);
  }
  return {
    version,
    release: releaseWorkflowId(model, version),
    settings: watch,
    profile: await evidenceFailures('the reference profile', () =>
      evidence.getJson<ReferenceProfile>(profile),
    ),
    profileId: profile.sha256,
  };
}

interface Rehearsal {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly trial: Trial;
  readonly given: DriftRehearsalParameters;
  readonly watched: Watched;
  readonly files: { readonly validation: DataFile; readonly later: DataFile | undefined };
  readonly progress: Progress;
}

async function rehearseAll(rehearsal: Rehearsal): Promise<Findings> {
  const { context, plan, trial, given, watched, files, progress } = rehearsal;
  const { client, signature, signal } = trial;
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
  const onShare = (share: number): void => progress.within(share);
  const minSeverity = given.minSeverity ?? plan.retraining?.policy.minSeverity ?? 'warning';
  const scoring = { batchRows: given.batchRows, fallback: plan.serving.fallback.score };
  const rows = await timedRows(files.validation, signature, given, given.rows);
  const levels = changedLevels(rows, signature, given);
  const answers = await progress.phase('scores', () =>
    askLevels(client, levels, given.change.kind === 'concept', scoring, onShare),
  );
  const scored = scoredLevels(levels, answers, given.quality);
  const found: [ScenarioName, Rehearsed][] = [];
  for (const scenario of triedIn(given)) {
    const input = inputOf(scenario, given, watched, minSeverity, scored.levels);
    const rehearsed = await progress.phase(scenario, () =>
      runInThread<RehearseInput, Rehearsed>({ module: MODULE, name: 'rehearse', input, signal, onShare }),
    );
    found.push([scenario, rehearsed]);
  }
  const later = await rehearseLater(rehearsal, minSeverity, scored.clean.estimate);
  const judged = judgeRehearsal({ given, minSeverity, watched, answers, scored, found, later });
  const prediction = await context.evidence.put(`${JSON.stringify(judged.prediction, null, 1)}\n`, {
    name: PREDICTION,
    mediaType: 'application/json',
  });
  return { ...judged.findings, evidence: [prediction] };
}

function inputOf(
  scenario: ScenarioName,
  given: DriftRehearsalParameters,
  watched: Watched,
  minSeverity: Severity,
  levels: RehearseInput['levels'],
): RehearseInput {
  const { before, after, calmWindows, runs, seed, rowsPerWindow = null } = given;
  const { seasonal, recurring } = given.scenarios;
  return {
    scenario,
    settings: {
      before: scenario === 'calm' ? calmWindows : before,
      after: scenario === 'calm' ? 0 : after,
      season: seasonal === false ? 1 : seasonal.windows,
      recurs: recurring === false ? 1 : recurring.windows,
    },
    levels,
    watched,
    minSeverity,
    runs,
    rowsPerWindow,
    blockHours: blockHoursOf(given, watched.settings),
    // Each scenario has random numbers of its own, so that leaving one out changes no other.
    seed: seed * 10 + scenarios.indexOf(scenario),
  };
}

/** A block longer than a window would leave its end out of every window. */
const blockHoursOf = ({ blockHours }: DriftRehearsalParameters, { windowHours }: WatchSpec): number =>
  Math.min(blockHours, windowHours);

async function rehearseLater(
  { given, trial, plan, files, watched, progress }: Rehearsal,
  minSeverity: Severity,
  clean: number,
): Promise<LaterFacts | undefined> {
  const { later } = files;
  if (later === undefined) return undefined;
  const { client, signature, signal } = trial;
  const scoring = { batchRows: given.batchRows, fallback: plan.serving.fallback.score };
  return progress.phase('later', async () => {
    const rows = await timedRows(later, signature, given, given.laterRows);
    const { scores } = await scoreRows(
      client,
      rows.map(({ features }) => features),
      scoring,
      (share) => progress.within(share / 2),
    );
    const pool = rows.map((row, i) => poolRow(row, scores[i]!));
    const { windows, start, truth, seen } = laterWindows(
      pool,
      watched.settings.windowHours,
      given.quality,
      clean,
    );
    const input: LaterInput = {
      windows,
      start,
      truth,
      watched,
      minSeverity,
      runs: given.runs,
      rowsPerWindow: given.rowsPerWindow ?? null,
      seed: given.seed,
    };
    const rehearsed = await runInThread<LaterInput, Rehearsed>({
      module: MODULE,
      name: 'replayLater',
      input,
      signal,
      onShare: (share) => progress.within(0.5 + share / 2),
    });
    return { windows: seen, truth, rehearsed };
  });
}
