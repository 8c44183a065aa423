import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { EvidenceStore } from '../adapters/evidence/index.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import { isName, NAME_RULE, releaseWorkflowId } from '../contracts/ids.ts';
import { workflowTypes, type ReleaseInput } from '../contracts/messages.ts';
import type { Plan, Step } from '../contracts/plan.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { compilePlan, storePlan } from './compile-plan.ts';
import { SeatrialError } from './errors.ts';
import { problemText } from './problem.ts';
import { readReleaseFile } from './release-file.ts';
import { asSeatrialError } from './workflow-errors.ts';

export interface StartOptions {
  /** Shown in the Temporal UI beside the plan's summary; markdown. */
  readonly notes?: string;
}

export interface StartedRelease {
  /** `release/<model>/<version>`: what every other call takes. */
  readonly release: string;
  readonly runId: string;
  readonly plan: Plan;
  readonly planRef: EvidenceRef;
  /** Lines about the release file that are worth a look. */
  readonly warnings: readonly string[];
}

/** Freezes a plan from a release file, or takes a finished one. */
export async function freeze(
  source: string | Plan,
  evidence: EvidenceStore,
): Promise<{ plan: Plan; planRef: EvidenceRef; warnings: readonly string[] }> {
  if (typeof source !== 'string')
    return { plan: source, planRef: await storePlan(source, evidence), warnings: [] };
  const read = await readReleaseFile(source);
  return { ...(await compilePlan(read, evidence)), warnings: read.warnings.map(problemText) };
}

/** Throws `SeatrialError` RELEASE_EXISTS when the version was ever started before, whatever became of it. */
export async function startRelease(
  client: Client,
  evidence: EvidenceStore,
  source: string | Plan,
  options: StartOptions = {},
): Promise<StartedRelease> {
  const { plan, planRef, warnings } = await freeze(source, evidence);
  for (const [what, name] of [
    ['model', plan.model],
    ['version', plan.version],
  ] as const) {
    if (!isName(name))
      throw new SeatrialError('USAGE', `The plan's ${what} is ${JSON.stringify(name)}: ${NAME_RULE}.`);
  }
  const release = releaseWorkflowId(plan.model, plan.version);
  const input: ReleaseInput = { plan, planRef };
  try {
    const handle = await client.workflow.start(workflowTypes.release, {
      workflowId: release,
      taskQueue: taskQueues.release,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `**${plan.model}** ${plan.version}: ${plan.summary}`,
      staticDetails: [details(plan, planRef), options.notes].filter(Boolean).join('\n\n'),
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributes.model, value: plan.model },
        { key: searchAttributes.risk, value: plan.risk },
      ]),
    });
    return { release, runId: handle.firstExecutionRunId, plan, planRef, warnings };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      const message = `${release} exists already. A version is released once: choose a new version in metadata.version.`;
      throw new SeatrialError('RELEASE_EXISTS', message, { cause: error });
    }
    throw asSeatrialError(error, release);
  }
}

function details(plan: Plan, planRef: EvidenceRef): string {
  return [
    `| | |`,
    `|---|---|`,
    `| asked for by | ${plan.requester} |`,
    `| risk | ${plan.risk} |`,
    `| plan | \`${planRef.sha256}\` |`,
    `| artifact | ${plan.artifact.name} \`${plan.artifact.sha256}\` |`,
    `| steps | ${plan.steps.map(stepName).join(', ')} |`,
  ].join('\n');
}

export function stepName(step: Step): string {
  return step.kind === 'gate' ? `gate ${step.name}` : step.name;
}
