import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
} from '@temporalio/workflow';
import type { Signal } from './signal.ts';
import { releaseWorkflowId, retrainingWorkflowId } from '../contracts/ids.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { ModelCommand, OutboxMessage } from '../domain/model/index.ts';
import type { Unsent } from './command.ts';
import { failureOf } from './failure.ts';
import { slotGranted, slotRevoked, superseded } from './messages.ts';
import { light } from './release-activities.ts';
import { retrainingWorkflow } from './retraining.ts';

/** Delivers one message of a model and says so; a receiver that is gone is news for the domain, not an error. */
export async function deliver(
  message: OutboxMessage,
  model: string,
  send: (command: Unsent<ModelCommand>) => void,
): Promise<void> {
  try {
    await post(message, model);
    send({ type: 'ConfirmDelivery', id: message.id });
  } catch (error) {
    if (isCancellation(error)) throw error;
    send({ type: 'FailDelivery', id: message.id, reason: failureOf(error).message });
  }
}

async function post(message: OutboxMessage, model: string): Promise<void> {
  switch (message.type) {
    case 'grant-slot':
      return signalRelease(model, message.version, slotGranted, message.grant);
    case 'revoke-slot':
      return signalRelease(model, message.version, slotRevoked, { by: message.by });
    case 'supersede':
      return signalRelease(model, message.version, superseded, { by: message.by });
    case 'raise-incident':
      await light.raiseIncident.executeWithOptions(
        { summary: `tell people of ${message.incident.incident}` },
        [{ model, ...message.incident }],
      );
      return;
    case 'start-retraining':
      try {
        // Told is told: when the message leaves the outbox its delivery is cancelled, and that must not end the child.
        await CancellationScope.nonCancellable(() =>
          startChild(retrainingWorkflow, {
            workflowId: retrainingWorkflowId(model, message.input.decision),
            args: [message.input],
            taskQueue: taskQueues.release,
            parentClosePolicy: ParentClosePolicy.ABANDON,
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
            staticSummary: `retrain after ${message.input.reason}`,
          }),
        );
      } catch (error) {
        // Named by its decision, so "already started" means that it was done.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
  }
}

async function signalRelease(model: string, version: string, signal: Signal, payload: object): Promise<void> {
  await getExternalWorkflowHandle(releaseWorkflowId(model, version)).signal(signal, payload);
}
