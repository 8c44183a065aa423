import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import { syntheticParameters, type SyntheticParameters } from '../../contracts/schemas/synthetic.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import {
  columnsOf,
  perturbations,
  shapesOf,
  type ColumnName,
  type CurvePoint,
  type PerturbationKind,
} from '../../domain/synthetic/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { defineTrialStage } from './define-stage.ts';
import type { DataRow } from './labelled-rows.ts';
import { dataFile, validationFile } from './plan-files.ts';
import type { Progress } from './progress.ts';
import { sampleRows, type DataFile } from './sample-rows.ts';
import { scoreRows } from './score-rows.ts';
import { type Findings, notLoaded } from './stage-report.ts';
import { loadVersion, type Trial } from './trial.ts';
import { judgeSynthetic, type Undisturbed } from './twin/findings.ts';
import { makeTwin, twinRows } from './twin/make-twin.ts';
import { measureCurve, type Curve } from './twin/measure-curve.ts';
import { measureLoad } from './twin/measure-load.ts';
import { constantAnswer, qualityOf } from './twin/quality-of.ts';

/** How does quality bend when the data is not the data it knew? */
export function synthetic(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: syntheticParameters,
    prepare: ({ plan }) => filesOf(context, plan),
    phases: (given) => ['twin', 'undisturbed', ...triedIn(given), 'load'],
    run: ({ plan, trial, files, given, progress }) => tryAll(context, plan, trial, files, given, progress),
  });
}

const triedIn = ({ perturbations: declared }: SyntheticParameters): PerturbationKind[] =>
  perturbations.filter((kind) => declared[kind] !== false);

interface Files {
  /** Where the twin and the shapes of columns come from: what the model learnt from, where the plan has it. */
  readonly source: DataFile;
  readonly validation: DataFile;
}

async function filesOf(context: ActivityContext, plan: Plan): Promise<Files> {
  const validation = await validationFile(context, plan);
  return { source: (await dataFile(context, plan, 'reference')) ?? validation, validation };
}

async function tryAll(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  files: Files,
  given: SyntheticParameters,
  progress: Progress,
): Promise<Findings> {
  const { client, signature, serving, signal } = trial;
  requireInputs(given, signature.inputs);
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
  const onShare = (share: number): void => progress.within(share);
  const { source, validation } = files;
  const asked = { signature, source, files: [...new Set([source, validation])], given, signal };
  const twin = await progress.phase('twin', () => makeTwin(context.evidence, asked, onShare));

  const { labelColumn, quality, batchRows, seed } = given;
  const sample = await sampleRows(validation, { signature, labelColumn, most: given.rows });
  const labels = sample.map(({ label }) => label ?? 0);
  const scoring = { batchRows, fallback: plan.serving.fallback.score };
  const undisturbed = await progress.phase('undisturbed', async (): Promise<Undisturbed> => {
    const made = twinRows((await context.evidence.get(twin.rows)).toString('utf8'), labelColumn);
    const features = sample.map((row) => row.features);
    const clean = await scoreRows(client, features, scoring, onShare);
    const found = qualityOf(quality, labels, clean.scores);
    if (found === null) {
      const what = `${validation.what} has only one class in ${labels.length} rows, so it has no ${quality.metric}`;
      throw failure('DataUnreadable', `${what}; give rows of both classes`);
    }
    const onTwin = await scoreRows(client, made.rows, scoring);
    return {
      point: { ...found, intensity: 0, rows: labels.length },
      unanswered: clean.unanswered,
      whyNot: clean.whyNot,
      constant: constantAnswer(quality, labels),
      onTwin: qualityOf(quality, made.labels, onTwin.scores),
    };
  });

  const shapes = shapesOf(inputColumns(sample, signature.inputs), labels, createRandom(seed));
  const curves: [PerturbationKind, Curve][] = [];
  for (const kind of triedIn(given)) {
    const declared = given.perturbations[kind];
    if (declared === false) continue;
    const { columns, intensities = given.intensities } = declared;
    const perturbation = { kind, ...(columns === undefined ? {} : { columns }) };
    const options = { quality, intensities, seed: seedOf(seed, kind), ...scoring };
    const point: CurvePoint = undisturbed.point;
    const curve = await progress.phase(kind, () =>
      measureCurve(client, sample, point, perturbation, shapes, options, onShare),
    );
    curves.push([kind, curve]);
  }
  const rows = sample.slice(0, 500).map(({ features }) => features);
  const load = await progress.phase('load', () =>
    measureLoad(client, rows, serving.pid, given.load, onShare),
  );
  return judgeSynthetic({ given, twin, undisturbed, curves, load });
}

/** Each kind has random numbers of its own, so that leaving one out changes no other. */
const seedOf = (seed: number, kind: PerturbationKind): number => seed * 100 + perturbations.indexOf(kind);

function inputColumns(sample: readonly DataRow[], inputs: readonly ColumnName[]) {
  const rows = sample.map(({ features }) => inputs.map(({ name }) => features[name] ?? null));
  return columnsOf(inputs, rows);
}

function requireInputs(given: SyntheticParameters, inputs: readonly ColumnName[]): void {
  const known = inputs.map(({ name }) => name);
  for (const kind of triedIn(given)) {
    const declared = given.perturbations[kind];
    const columns = declared === false ? [] : (declared.columns ?? []);
    const unknown = columns.find((name) => !known.includes(name));
    if (unknown === undefined) continue;
    const what = `the perturbation ${kind} names the column ${unknown}, which is no input of the model`;
    throw failure('PlanInvalid', `${what}; it has ${known.join(', ')}`);
  }
}
