import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import { runCommand } from '../training/command.ts';
import { inScratch } from '../training/scratch.ts';
import { trainerArgv } from '../../domain/retraining/index.ts';
import type { Golden } from './golden.ts';
import { ModelClient } from './model-client.ts';
import { ask, largestDifference } from './repeatability.ts';
import { blocking } from './stage-report.ts';
import { loadVersion, type Trial } from './trial.ts';

export interface TrainedAgain {
  readonly check: CheckResult;
  readonly metrics: Metrics;
  /** Seconds that the training took. */
  readonly seconds: number;
  /** Digest of the model that it left. */
  readonly sha256: string | null;
}

const CHECK = 'training-repeatable';
const METRIC = 'training-difference';
const ROWS_A_REQUEST = 500;
/** File that a training leaves, by the contract of the training command. */
const MODEL = 'model.onnx';

/**
 * Trains the version again from its plan and asks both models the golden rows. Other bytes are no defect by themselves, other
 * answers are. Throws `PlanInvalid` when the plan does not say how it was trained, `TrainingLost` when something else ended the
 * command; a command that fails is a finding, because nobody could repeat this training.
 */
export async function checkTraining(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  golden: Golden,
  options: {
    readonly trainTolerance: number;
    readonly loadSeconds: number;
    readonly onShare: (share: number) => void;
  },
): Promise<TrainedAgain> {
  const { trainer } = plan.retraining ?? {};
  const { training } = plan.data;
  if (trainer === undefined || training === undefined) {
    throw failure(
      'PlanInvalid',
      'trainAgain needs `retraining.trainer`, the command that trained the version, and a file `training` in `data`, what it was trained on',
    );
  }
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  return inScratch(context.scratchDir, async (dir) => {
    const data = join(dir, training.name);
    await symlink(await evidenceFailures('the training file', () => context.evidence.path(training)), data);
    const out = join(dir, 'out');
    await mkdir(out);
    const failed = await runCommand({ argv: trainerArgv(trainer, { data, out }), cwd: trainer.cwd }).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApplicationFailure && error.type === 'TrainingFailed') return error.message;
        throw error;
      },
    );
    if (failed !== undefined) return { ...finding(false, failed), seconds: seconds(), sha256: null };
    options.onShare(0.8);
    const model = await evidenceFailures('the model of the second training', () =>
      context.evidence.putFile(join(out, MODEL), { name: MODEL, mediaType: plan.artifact.mediaType }),
    );
    const took = seconds();
    if (model.sha256 === plan.artifact.sha256) {
      const what = `a second training gave the same bytes in ${asNumber(took)} s`;
      return { ...finding(true, what, 0, golden.rows.length), seconds: took, sha256: model.sha256 };
    }
    const again = { ...plan, version: `${plan.version}.again`, artifact: model };
    const client = new ModelClient(
      trial.serving.url,
      again.model,
      again.version,
      trial.signature,
      trial.signal,
    );
    try {
      const loaded = await loadVersion({ ...trial, client }, again, options.loadSeconds);
      if (!loaded.loaded) {
        const why = `the model of a second training does not load: ${loaded.reason}`;
        return { ...finding(false, why), seconds: took, sha256: model.sha256 };
      }
      const [one, two] = [
        await ask(trial.client, golden.rows, ROWS_A_REQUEST, 1),
        await ask(client, golden.rows, ROWS_A_REQUEST, 1),
      ];
      const difference = largestDifference(one, two);
      const what = `a second training with the same data and seed answers ${asCount(one.length)} golden rows differently by ${asNumber(difference)} at most; ${asNumber(options.trainTolerance)} is allowed`;
      const same = difference <= options.trainTolerance;
      return { ...finding(same, what, difference, one.length), seconds: took, sha256: model.sha256 };
    } finally {
      client.close();
    }
  });
}

function finding(
  passed: boolean,
  reason: string,
  difference?: number,
  samples = 0,
): Pick<TrainedAgain, 'check' | 'metrics'> {
  return {
    check: blocking(CHECK, METRIC, passed, reason),
    metrics: difference === undefined ? {} : { [METRIC]: { value: difference, unit: '1', samples } },
  };
}
