import type { z } from 'zod';
import type { StageActivity, StageInput } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ActivityContext, ServingSettings } from '../context.ts';
import { readPlan, stageOf } from '../plan.ts';
import { readParameters } from './parameters.ts';
import { Progress } from './progress.ts';
import { finishReport, type Findings } from './stage-report.ts';
import { inTrial, type Trial } from './trial.ts';

/** What a stage has before anything is started for it. */
export interface StageStart<P> {
  readonly context: ActivityContext;
  readonly input: StageInput;
  readonly plan: Plan;
  /** The stage's parameters, checked. */
  readonly given: P;
}

/** What a stage works with. `files` is what its `prepare` answered, mostly local copies. */
export interface StageWork<P, F = undefined> extends StageStart<P> {
  readonly files: F;
  readonly progress: Progress;
}

interface StageSpec<P, F> {
  readonly parameters: z.ZodType<P>;
  /** What the stage reads beside plan and parameters. Fails before anything is started for nothing. */
  readonly prepare?: (start: StageStart<P>) => Promise<F>;
  /** Names of its phases, in order, for the progress bar. */
  readonly phases: (given: P, files: F) => readonly string[];
}

/** A stage as an activity: reads plan and parameters, tells progress, judges what was found and writes the report. */
export function defineStage<P, F = undefined>(
  context: ActivityContext,
  spec: StageSpec<P, F> & { readonly run: (work: StageWork<P, F>) => Promise<Findings> },
): StageActivity {
  return async (input) => {
    const startedAt = performance.now();
    const plan = await readPlan(context.evidence, input.planRef);
    const step = stageOf(plan, input.step);
    const given = readParameters(spec.parameters, step);
    const start = { context, input, plan, given };
    const files = (await spec.prepare?.(start)) as F;
    const progress = new Progress(context.evidence, spec.phases(given, files));
    try {
      const findings = await spec.run({ ...start, files, progress });
      return await finishReport(context.evidence, input, step, startedAt, findings);
    } finally {
      progress.stop();
    }
  };
}

/** A stage whose work is done with the version alone in a serving process of its own. */
export function defineTrialStage<P, F = undefined>(
  context: ActivityContext,
  spec: StageSpec<P, F> & {
    readonly serving?: (given: P) => ServingSettings;
    readonly run: (work: StageWork<P, F> & { readonly trial: Trial }) => Promise<Findings>;
  },
): StageActivity {
  return defineStage<P, F>(context, {
    ...spec,
    run: (work) =>
      inTrial(context, work.plan, (trial) => spec.run({ ...work, trial }), spec.serving?.(work.given)),
  });
}
