import type { Client } from '@temporalio/client';
import { modelWorkflowId } from '../../contracts/ids.ts';
import type { DriftFold } from '../../contracts/messages.ts';

/** Offsets of the events that a model's workflow was signalled with, in the order of the signals; from its history, so no worker is needed. */
export async function signalledOffsets(client: Client, model: string): Promise<number[]> {
  const { events } = await client.workflow.getHandle(modelWorkflowId(model)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const data = signal?.input?.payloads?.[0]?.data;
    if (!data) return [];
    const { from, events: sent } = JSON.parse(Buffer.from(data).toString()) as DriftFold;
    return sent.at.map((distance) => from + distance);
  });
}
