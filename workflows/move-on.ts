import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import type { Workflow } from '@temporalio/workflow';

/**
 * Continues as new. Under worker versioning a run stays on its build (the worker's default is PINNED) and the next run
 * begins on the current one; without it the server refuses any word about versions.
 */
export async function moveOn<W extends Workflow>(...args: Parameters<W>): Promise<never> {
  const versioned = workflowInfo().currentDeploymentVersion !== undefined;
  const next = makeContinueAsNewFunc<W>(versioned ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {});
  return next(...args);
}

/** The history has grown long, or a newer build is current: move on at the next quiet moment. */
export function shouldMoveOn(): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return continueAsNewSuggested || targetWorkerDeploymentVersionChanged;
}
