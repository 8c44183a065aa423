import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../adapters/log.ts';

export const deploymentName = 'seatrial';

/**
 * With `WORKER_VERSIONING=on`, a release stays on the build that it began with and moves to a newer one only when it
 * continues as new. Off on one machine: there the newest code should simply run.
 */
export function versioningOptions(
  buildId: string,
  on: boolean,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (!on) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

/** Makes this build the one that new releases begin with. The server knows a build only once one of its workers polls. */
export async function makeCurrent(
  client: Client,
  namespace: string,
  buildId: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = 200; ; wait = Math.min(wait * 2, 5000)) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName,
        buildId,
        identity: 'seatrial-worker',
        ignoreMissingTaskQueues: true,
      });
      log.info({ buildId }, 'new releases begin with this build');
      return;
    } catch (error) {
      log.debug({ err: error }, 'the server does not know this build yet');
      await sleep(wait, undefined, { signal });
    }
  }
}
