import { join } from 'node:path';
import type { ActivityContext } from '../../activities/context.ts';
import { stageActivities } from '../../activities/stages/index.ts';
import { REFERENCE_PROFILE } from '../../activities/stages/reference-profile.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { storePlan } from '../../client/compile-plan.ts';
import type { StageActivity } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { inActivity, mockEnvironment } from '../../test/activities/support.ts';
import type { World } from './world.ts';

export interface Stop {
  readonly stage: string;
  /** A report's verdict, or the type of the failure that the stage ended in. */
  readonly verdict: string;
  /** Checks that did not pass, with their reasons. */
  readonly because: readonly string[];
}

export interface StageRun {
  readonly stage: string;
  readonly verdict: string;
  readonly seconds: number;
}

export interface Voyage {
  readonly stages: readonly StageRun[];
  /** Null when every stage passed. */
  readonly stop: Stop | null;
}

/** Stages that look at production, and need its callers meanwhile. */
const WITH_CALLERS: readonly string[] = ['shadow'];

interface Sea {
  /** In place of our own stages of the same name. */
  readonly activities: Readonly<Record<string, StageActivity>>;
  readonly beside: World['beside'];
}

/**
 * Runs the plan's validation stages one after another, as a release does, to the first that does not pass. Each report goes to the
 * ledger, where later stages look for it.
 */
export async function sail(
  plan: Plan,
  evidence: EvidenceStore,
  context: ActivityContext,
  sea: Sea,
): Promise<Voyage> {
  const planRef = await storePlan(plan, evidence);
  const activities: Record<string, StageActivity> = { ...stageActivities(context), ...sea.activities };
  const stream = releaseWorkflowId(plan.model, plan.version);
  const stages: StageRun[] = [];
  let profile: EvidenceRef | undefined;
  for (const [index, step] of plan.steps.entries()) {
    const activity = step.kind === 'stage' ? activities[step.stage] : undefined;
    // Nothing goes live in a trial, so there is nothing to review.
    if (step.kind !== 'stage' || activity === undefined || step.review) continue;
    const started = performance.now();
    const input = {
      ...{ model: plan.model, version: plan.version, planRef, step: index, attempt: 1 },
      ...(profile ? { profile } : {}),
    };
    const stage = (): Promise<Report> => inActivity(mockEnvironment(), activity, input);
    const done = WITH_CALLERS.includes(step.stage) ? sea.beside(plan.model, stage) : stage();
    const { verdict, because } = await done.then(
      async (report) => {
        const event = {
          type: 'StageFinished',
          at: new Date().toISOString(),
          data: { step: index, report: report as unknown as JsonObject },
        };
        const { seq } = await context.ledger.head(stream);
        await context.ledger.append({ stream, after: seq, events: [event] });
        profile ??= report.evidence.find(({ name }) => name === REFERENCE_PROFILE);
        return findings(report);
      },
      (error: unknown) => ({ verdict: typeOf(error), because: [String((error as Error).message)] }),
    );
    stages.push({ stage: step.stage, verdict, seconds: (performance.now() - started) / 1000 });
    if (verdict !== 'pass') return { stages, stop: { stage: step.stage, verdict, because } };
  }
  return { stages, stop: null };
}

function findings({ verdict, checks }: Report): { verdict: string; because: string[] } {
  const bad = checks.filter((check) => check.verdict !== 'pass' && check.severity === 'blocking');
  return { verdict, because: bad.map(({ name, reason }) => `${name}: ${reason}`.slice(0, 300)) };
}

function typeOf(error: unknown): string {
  const { type, name } = error as { type?: string; name?: string };
  return type ?? name ?? 'unknown failure';
}

export const exampleFolder = join(import.meta.dirname, '../../examples/flight-delays');
