import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { modelWorkflowId } from '../../contracts/ids.ts';
import { modelSignals, workflowTypes } from '../../contracts/messages.ts';
import type { DriftFold, ModelInput } from '../../contracts/messages.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { ModelFold } from './fold.ts';

/** Longer than a slow answer, shorter than a rebalance waits for us. */
const DEADLINE_MS = 10_000;

export type Delivery =
  | { readonly kind: 'delivered' }
  /** Temporal is away, busy or not set up: the same call may succeed later. */
  | { readonly kind: 'wait'; readonly reason: string }
  /** Temporal will never take this. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

const IDENTITY = `seatrial-ingest ${process.pid}@${hostname()}`;
const { WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING } = protocol.temporal.api.enums.v1.WorkflowIdConflictPolicy;

/**
 * Signals the model's workflow, starting it when it does not run. Resolves after Temporal has the signal in its database.
 * Rejects only with errors that are not Temporal's, which are faults of ours.
 *
 * The client's own `signalWithStart` gives every call a new request id. This one is made from what is sent, so that a call
 * whose answer was lost can be made again without a second signal in the workflow's history. Temporal knows the ids of one
 * run only; after continue-as-new the watermark in the model's state tells.
 */
export async function deliver(client: Client, { model, fold }: ModelFold): Promise<Delivery> {
  const input: ModelInput = { model };
  const request: temporal.api.workflowservice.v1.ISignalWithStartWorkflowExecutionRequest = {
    namespace: client.options.namespace,
    identity: IDENTITY,
    requestId: requestIdOf(model, fold),
    workflowId: modelWorkflowId(model),
    workflowIdConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
    workflowType: { name: workflowTypes.model },
    taskQueue: { name: taskQueues.release },
    input: { payloads: [defaultPayloadConverter.toPayload(input)] },
    signalName: modelSignals.driftBatch,
    signalInput: { payloads: [defaultPayloadConverter.toPayload(fold)] },
  };
  try {
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflowService.signalWithStartWorkflowExecution(request),
    );
    return { kind: 'delivered' };
  } catch (error) {
    return judge(error);
  }
}

function requestIdOf(model: string, { stream, partition, from, to, count }: DriftFold): string {
  const name = JSON.stringify([model, stream, partition, from, to, count]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

// Numbers of google.rpc.Code.
const INVALID_ARGUMENT = 3;
const ALREADY_EXISTS = 6;

/**
 * Only what Temporal says about this one message is permanent. Missing rights or a missing namespace are an operator's to
 * mend: dead-lettering for them would drain the whole topic.
 */
export function judge(error: unknown): Delivery {
  const failure = grpcFailure(error);
  if (failure === undefined) throw error;
  const { code, reason } = failure;
  // 10,000 signals a run are counted as an invalid argument too, but go away when the workflow continues as new.
  const full = /signal/i.test(reason) && /limit/i.test(reason);
  if (code === INVALID_ARGUMENT && !full)
    return { kind: 'refused', code: 'temporal-invalid-argument', reason };
  if (code === ALREADY_EXISTS) return { kind: 'refused', code: 'temporal-already-exists', reason };
  return { kind: 'wait', reason: `Temporal: ${reason} (gRPC code ${code})` };
}

function grpcFailure(error: unknown): { code: number; reason: string } | undefined {
  let link: unknown = error;
  for (let depth = 0; depth < 5 && typeof link === 'object' && link !== null; depth++) {
    const { code, details, message, name, cause } = link as Record<string, unknown>;
    if (typeof code === 'number') return { code, reason: String(details || message) };
    // The client turns this one gRPC failure into an error without a code.
    if (name === 'NamespaceNotFoundError') return { code: 5, reason: String(message) };
    link = cause;
  }
  return undefined;
}
