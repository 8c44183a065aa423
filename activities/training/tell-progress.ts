import { Context } from '@temporalio/activity';
import { retrainingSignals } from '../../contracts/messages.ts';
import type { TrainingProgressMessage } from '../../contracts/messages.ts';
import type { ActivityContext } from '../context.ts';
import type { TrainingProgress } from './heartbeats.ts';

// Each is an event in the retraining's history, so they are few; heartbeats carry all of it.
const EVERY_MS = 10_000;
const MOST = 100;

/** Tells the retraining's workflow how far the training is, for the page that people read. */
export function progressTeller({
  temporal,
}: Pick<ActivityContext, 'temporal'>): (progress: TrainingProgress) => void {
  const { workflowId, runId } = Context.current().info.workflowExecution ?? {};
  const send = async (message: TrainingProgressMessage): Promise<void> => {
    if (workflowId === undefined) return;
    await temporal.workflow
      .getHandle(workflowId, runId)
      .signal<[TrainingProgressMessage]>(retrainingSignals.progress, message);
  };
  let next = 0;
  let told = 0;
  return ({ phase, done, total, metrics, note }) => {
    if (phase !== 'train' || performance.now() < next || told >= MOST) return;
    next = performance.now() + EVERY_MS;
    told += 1;
    const message: TrainingProgressMessage = {
      done,
      total,
      metrics,
      ...(note === undefined ? {} : { note }),
    };
    // For people's eyes only: a training does not fail because nobody could be told.
    send(message).catch(() => undefined);
  };
}
