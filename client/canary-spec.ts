import type { CanarySpec, ExpectedTraffic } from '../contracts/plan.ts';
import type { ReleaseFileStep } from '../contracts/schemas/release-file.ts';

type Canary = NonNullable<Extract<ReleaseFileStep, { stage: string }>['canary']>;

/** A canary as the plan has it: each step with its own number of samples. */
export function canaryOf(canary: Canary): CanarySpec {
  return {
    steps: canary.steps.map(({ weight, minSamples }) => ({
      weight,
      minSamples: minSamples ?? canary.minSamples,
    })),
    guards: canary.guards,
    maxSecondsPerStep: canary.maxTimePerStep,
    alpha: canary.alpha,
    ...(canary.judge === undefined ? {} : { judge: canary.judge }),
    ...(canary.bin === undefined ? {} : { binSeconds: canary.bin }),
    ...(canary.labelDelay === undefined ? {} : { labelDelaySeconds: canary.labelDelay }),
    ...(canary.expect === undefined ? {} : { expect: canary.expect satisfies ExpectedTraffic }),
  };
}
