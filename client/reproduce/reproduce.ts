import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from '../../adapters/evidence/index.ts';
import type { Plan } from '../../contracts/plan.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import { ingredients, itHad, layOut } from './ingredients.ts';
import { differenceOf, scoresOf, type Difference } from './predictions.ts';
import { jsonOf, planFiles, type Fetch, type Files } from './plan-files.ts';
import { recipeOf, type Lack } from './recipe.ts';
import { recordDifferences } from './record-differences.ts';
import type { Reproduction } from './reproduction.ts';
import { goldenRows, tableRows, type Row } from './rows.ts';
import { train } from './train.ts';

export interface ReproduceOptions {
  /** The trainer's folder on this machine; the one that the plan names unless given. */
  readonly code?: string;
  /** The program that trains, in place of the recorded one: another environment. */
  readonly program?: string;
  /** Train although something is not as recorded, to see by how much it matters. */
  readonly anyway?: boolean;
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
  /** Told of what is being done. */
  readonly say?: (what: string) => void;
}

const TOLERANCE = 1e-6;
const LOG = 'training.log';

/**
 * Trains a version again from what its books say, in an empty folder, and asks both models the recorded rows. `done` gets the result and the
 * path of the training's log, before the folder goes.
 */
export async function reproduce(
  { release, plan, fetch }: { release: string; plan: Plan; fetch: Fetch },
  options: ReproduceOptions,
  done: (result: Reproduction, log: string | undefined) => Promise<void>,
): Promise<Reproduction> {
  const dir = await mkdtemp(join(tmpdir(), 'seatrial-reproduce-'));
  try {
    const result = await attempt({ release, plan, fetch }, options, dir);
    const log = join(dir, LOG);
    await done(result, existsSync(log) ? log : undefined);
    return result;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function attempt(
  { release, plan, fetch }: { release: string; plan: Plan; fetch: Fetch },
  options: ReproduceOptions,
  dir: string,
): Promise<Reproduction> {
  const { say = () => undefined, tolerance = TOLERANCE, anyway = false } = options;
  const nothing: Reproduction = {
    release,
    outcome: 'impossible',
    summary: '',
    tolerance,
    artifact: { released: plan.artifact.sha256, again: null },
    predictions: {},
    differences: [],
    lacks: [],
    code: null,
    command: [],
    seconds: null,
  };
  const impossible = (lacks: readonly Lack[], rest: Partial<Reproduction> = {}): Reproduction => {
    const summary = `the training cannot be repeated: ${lacks.map(({ what }) => what).join('; ')}`;
    return { ...nothing, ...rest, outcome: 'impossible', summary, lacks };
  };

  say('reading what the books say of the training');
  const files = await planFiles(plan, fetch);
  if (files.lacks.length > 0) return impossible(files.lacks);
  const recipe = recipeOf(plan, files.record);
  if (!('trainer' in recipe)) return impossible(recipe);
  const found = await ingredients(recipe, files.training, options, join(dir, 'code'));
  if (!('code' in found)) return impossible(found);
  const { code, argv } = await layOut(recipe, found, dir);
  const told = { code: { from: code.from, commit: code.commit }, command: argv };
  if (code.lacks.length > 0 && !anyway) return impossible(code.lacks, told);

  say(`training with ${code.from}`);
  const started = performance.now();
  const { signal } = options;
  const failed = await train(argv, {
    cwd: code.cwd,
    log: join(dir, LOG),
    seconds: recipe.trainer.timeoutSeconds,
    signal,
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  const model = join(dir, 'out/model.onnx');
  if (failed !== undefined || !existsSync(model)) {
    const what = `the training command failed: ${failed ?? 'it left no model.onnx'}`;
    return impossible(
      [
        {
          what,
          mend: `mend the environment, or name the program of another with --program.${itHad(recipe)}`,
        },
      ],
      { ...told, seconds },
    );
  }

  say('asking both models the recorded rows');
  const again = (await sha256OfFile(model)).sha256;
  const record = await jsonOf(join(dir, 'out/training.json')).catch(() => null);
  const planned = plan.retraining?.trainer.seed;
  const differences = [
    ...(plan.lineage === undefined && planned !== recipe.trainer.seed
      ? [`the plan's seed is ${planned}; the training wrote down ${recipe.trainer.seed}, which was used`]
      : []),
    ...code.lacks.map(({ what }) => `code: ${what}`),
    ...(files.record === null || record === null
      ? ['the training wrote no record of itself, so environment and parameters cannot be compared']
      : recordDifferences(files.record, record)),
  ];
  const predictions = await compare(plan, files, model);
  const outcome = Object.values(predictions).every(({ largest }) => largest <= tolerance)
    ? 'same'
    : 'different';
  const result = {
    ...nothing,
    ...told,
    outcome,
    differences,
    predictions,
    seconds,
    artifact: { ...nothing.artifact, again },
  } as const;
  return { ...result, summary: summaryOf(result) };
}

async function compare(plan: Plan, files: Files, model: string): Promise<Record<string, Difference>> {
  const { signature, artifact } = files;
  const predictions: Record<string, Difference> = {};
  const ask = async (name: string, rows: readonly Row[]): Promise<void> => {
    const [one, other] = [await scoresOf(artifact, signature, rows), await scoresOf(model, signature, rows)];
    predictions[name] = differenceOf(one, other, plan.serving.threshold);
  };
  if (files.golden !== undefined) await ask('golden', await goldenRows(files.golden));
  if (files.validation !== undefined) await ask('validation', await tableRows(files.validation, signature));
  return predictions;
}

function summaryOf({ outcome, artifact, predictions, tolerance }: Omit<Reproduction, 'summary'>): string {
  const all = Object.values(predictions);
  const rows = asCount(all.reduce((sum, one) => sum + one.rows, 0));
  const largest = Math.max(0, ...all.map((one) => one.largest));
  if (artifact.again === artifact.released)
    return `the same model, byte for byte, and the same answers to ${rows} rows`;
  const flips = all.reduce((sum, one) => sum + one.flips, 0);
  const how = `answers to ${rows} rows differ by ${asNumber(largest)} at most`;
  return outcome === 'same'
    ? `the same predictions: ${how}, and ${asNumber(tolerance)} is allowed; the file has other bytes`
    : `other predictions: ${how}, and ${asNumber(tolerance)} is allowed; ${asCount(flips)} fall on the other side of the threshold`;
}
