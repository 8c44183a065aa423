import { Context } from '@temporalio/activity';
import type { ObservationProgress, ObserveInput } from '../../contracts/activities.ts';
import type { Report } from '../../contracts/report.ts';
import { Comparison, Observation, canarySettings, stepVerdict } from '../../domain/canary/index.ts';
import type { StepVerdict } from '../../domain/canary/index.ts';
import { CanaryJudge } from '../../domain/judge/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { readPlan, stageOf } from '../plan.ts';
import { addPage } from '../pages/with-page.ts';
import { ArmsLog } from './arms-log.ts';
import { canaryReport } from './report.ts';

const LOOK_EVERY_MS = 500;

/**
 * Judges a canary from the logs of what it really answered. Everything is a fold over the logs from the canary's start,
 * so an attempt that follows a lost worker reads the same records and comes to the same verdict.
 */
export function observeActivities(context: ActivityContext): {
  observeCanary: (input: ObserveInput) => Promise<Report>;
  guardCanary: (input: ObserveInput) => Promise<Report>;
} {
  return {
    observeCanary: (input) => watch(context, input, 'step'),
    guardCanary: (input) => watch(context, input, 'guard'),
  };
}

/** As a `step` it ends with any verdict, as a `guard` only with proven harm. */
async function watch(context: ActivityContext, input: ObserveInput, role: 'step' | 'guard'): Promise<Report> {
  const plan = await readPlan(context.evidence, input.planRef);
  const stage = stageOf(plan, input.step);
  const settings = canarySettings(plan, stage);
  const observation = new Observation(
    settings,
    { baseline: input.baseline, canary: input.version },
    input.exposures.map(({ weight }) => weight),
  );
  const judge = new CanaryJudge(settings.judge);
  const comparison = settings.compare ? new Comparison(settings.judge) : undefined;
  const { cancellationSignal, info } = Context.current();
  const startedAt = info.scheduledTimestampMs;
  const deadline = role === 'step' ? startedAt + settings.spec.maxSecondsPerStep * 1000 : Infinity;
  const current = input.exposures.length - 1;
  const needed = settings.spec.steps[input.canaryStep]?.minSamples ?? 0;
  const last = input.canaryStep === settings.spec.steps.length - 1;

  const stop = new AbortController();
  const arms = new ArmsLog(context.log, input.model, input.exposures);
  const reading = arms.read(
    {
      predicted: (prediction, exposure) => observation.predicted(prediction, exposure),
      labelled: (label) => observation.observed(label),
    },
    AbortSignal.any([stop.signal, cancellationSignal]),
  );
  // Until it is awaited below, an early end must not be an unhandled rejection.
  const ended = reading.then(
    () => null,
    (error: unknown) => error,
  );

  let bins = 0;
  try {
    for (;;) {
      const broken = await Promise.race([
        ended,
        Context.current()
          .sleep(LOOK_EVERY_MS)
          .then(() => undefined),
      ]);
      if (broken !== undefined && broken !== null)
        throw failure('LogUnavailable', `reading the live topics ended: ${String(broken)}`, broken);
      if (arms.caughtUp) {
        for (const bin of observation.closed()) {
          judge.observe(bin);
          comparison?.observe(bin);
          bins += 1;
        }
      }
      const samples = observation.samples(current);
      const progress: ObservationProgress = { bins, ...samples, needed };
      Context.current().heartbeat(progress);

      const judgement = judge.verdict();
      const step = stepVerdict(judgement, { samples, needed, last, timeIsUp: Date.now() >= deadline });
      if (isOver(step, role)) {
        const seconds = (Date.now() - startedAt) / 1000;
        const report = await canaryReport(context.evidence, {
          input,
          stage,
          judge,
          judgement,
          ...(comparison ? { kayenta: comparison.result() } : {}),
          step,
          samples,
          bins,
          seconds,
        });
        const name = `canary-step-${input.canaryStep + 1}`;
        return await addPage(context, { activity: 'canary', input, full: `${name}.json`, name }, report);
      }
    }
  } finally {
    stop.abort();
    await ended;
  }
}

function isOver(step: StepVerdict, role: 'step' | 'guard'): boolean {
  return role === 'step' ? step.verdict !== null : step.verdict === 'fail';
}
