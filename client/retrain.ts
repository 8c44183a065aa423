import type { Client } from '@temporalio/client';
import { isName, modelWorkflowId, NAME_RULE, retrainingWorkflowId } from '../contracts/ids.ts';
import {
  modelQueries,
  modelUpdates,
  retrainingUpdates,
  type DecideRetraining,
  type DecisionAnswer,
  type OperatorMessage,
} from '../contracts/messages.ts';
import { championOf, type ModelState } from '../domain/model/index.ts';
import { SeatrialError } from './errors.ts';
import { asSeatrialError } from './workflow-errors.ts';

/** What a model says of its retrainings: what runs, waits or needs a person, and what was decided lately. */
export interface RetrainingView
  extends
    Pick<ModelState, 'model' | 'running'>,
    Required<Pick<ModelState, 'held' | 'queued' | 'incidents' | 'notes'>> {
  readonly champion: string | null;
}

const QUERY_MS = 10_000;

/** Throws `SeatrialError` USAGE, RELEASE_UNKNOWN (no such model) or UNAVAILABLE. */
export async function retrainings(client: Client, model: string): Promise<RetrainingView> {
  const id = modelOf(model);
  try {
    // Without a worker a query hangs until its deadline, by default half a minute.
    const state = await client.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflow.getHandle(id).query<ModelState>(modelQueries.state),
    );
    const { running, held = null, queued = null, incidents = [], notes = [] } = state;
    return { model, champion: championOf(state), running, held, queued, incidents, notes };
  } catch (error) {
    throw asSeatrialError(error, id);
  }
}

/**
 * A person's word; the answer says what it led to. Throws `SeatrialError` REFUSED with the model's reason, and those of
 * `retrainings`.
 */
export async function decideRetraining(
  client: Client,
  model: string,
  word: DecideRetraining,
): Promise<string> {
  const id = modelOf(model);
  let answer: DecisionAnswer;
  try {
    answer = await client.workflow
      .getHandle(id)
      .executeUpdate<DecisionAnswer, [DecideRetraining]>(modelUpdates.decideRetraining, { args: [word] });
  } catch (error) {
    throw asSeatrialError(error, id);
  }
  if (!answer.accepted) throw new SeatrialError('REFUSED', answer.reason);
  return answer.reason;
}

/**
 * Ends a retraining that is under way: its command's processes are gone within seconds. Throws `SeatrialError` REFUSED, also when
 * none is under way, and those of `retrainings`.
 */
export async function cancelRetraining(
  client: Client,
  model: string,
  { decision, ...message }: OperatorMessage & { readonly decision?: string },
): Promise<string> {
  const running = decision ?? (await retrainings(client, model)).running?.decision;
  if (running === undefined) throw new SeatrialError('REFUSED', `No retraining of ${model} is under way.`);
  const id = retrainingWorkflowId(model, running);
  let answer: DecisionAnswer;
  try {
    answer = await client.workflow
      .getHandle(id)
      .executeUpdate<DecisionAnswer, [OperatorMessage]>(retrainingUpdates.cancel, { args: [message] });
  } catch (error) {
    throw asSeatrialError(error, id);
  }
  if (!answer.accepted) throw new SeatrialError('REFUSED', answer.reason);
  return answer.reason;
}

/** Workflow id of a model. Throws `SeatrialError` USAGE when that is no name. */
export function modelOf(model: string): string {
  if (isName(model)) return modelWorkflowId(model);
  throw new SeatrialError('USAGE', `${JSON.stringify(model)} is not a model; ${NAME_RULE}.`);
}
