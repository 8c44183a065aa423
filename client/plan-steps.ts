import type { JsonObject } from '../contracts/json.ts';
import type { GateStep, StageStep, Step } from '../contracts/plan.ts';
import type { ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import { trafficStages } from '../contracts/stages.ts';
import { canaryOf } from './canary-spec.ts';
import { reviewOf } from './review-spec.ts';

type Stage = Extract<ReleaseFileStep, { stage: string }>;

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;

export const nameOf = (step: Stage): string => step.name ?? step.stage;

/** A step of the release file as the plan has it. */
export function stepOf(step: ReleaseFileStep): Step {
  return 'gate' in step ? gateOf(step) : stageOf(step);
}

function gateOf(step: Extract<ReleaseFileStep, { gate: string }>): GateStep {
  return {
    kind: 'gate',
    name: step.gate,
    requirements: Object.entries(step.requires).map(([role, requiredApproverCount]) => ({
      role,
      requiredApproverCount,
    })),
    timeoutSeconds: step.timeout,
    onTimeout: step.onTimeout,
    preventSelfReview: step.preventSelfReview,
  };
}

function stageOf(step: Extract<ReleaseFileStep, { stage: string }>): StageStep {
  return {
    kind: 'stage',
    name: nameOf(step),
    stage: step.stage,
    ...(step.taskQueue === undefined ? {} : { taskQueue: step.taskQueue }),
    timeoutSeconds: step.timeout ?? (trafficStages.includes(step.stage) ? 7 * DAY : HOUR),
    ...(step.taskQueue === undefined ? {} : { startWithinSeconds: step.startWithin ?? 10 * MINUTE }),
    parameters: step.parameters as JsonObject,
    ...(step.shards === undefined ? {} : { shards: step.shards }),
    checks: step.checks.map((check) => ({ ...check, name: check.name ?? check.metric })),
    ...(step.canary ? { canary: canaryOf(step.canary) } : {}),
    ...(step.stage === 'review' ? { review: reviewOf(step.review) } : {}),
    ...(step.skip ? { skip: step.skip } : {}),
  };
}
