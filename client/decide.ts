import type { Client } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  releaseUpdates,
  type CloseActionMessage,
  type DecisionAnswer,
  type OpenActionMessage,
  type OperatorMessage,
  type SkipMessage,
  type SubmitDecision,
} from '../contracts/messages.ts';
import type { ReleaseView } from '../contracts/release-view.ts';
import { SeatrialError } from './errors.ts';
import { queryState } from './state.ts';
import { asSeatrialError } from './workflow-errors.ts';

export interface Decision {
  /** The person who decides. */
  readonly as: string;
  /** May be left out by somebody who holds one role of the gate. */
  readonly role?: string;
  /**
   * Digest of the evidence that the person looked at: 64 hex characters, or the first 12. Without it, the decision is for what
   * the gate shows now.
   */
  readonly evidence?: string;
  /** Required to reject. */
  readonly reason?: string;
}

export interface DecisionTaken {
  readonly release: string;
  readonly gate: string;
  readonly decision: 'approve' | 'reject';
  readonly evidence: string;
}

/** Sends a decision and waits for the release's answer. Throws `SeatrialError` REFUSED with the release's own reason. */
export async function submitDecision(
  client: Client,
  release: string,
  gate: string,
  decision: 'approve' | 'reject',
  { as, role, evidence, reason }: Decision,
): Promise<DecisionTaken> {
  const shown = evidence ?? evidenceOf(await queryState(client, release), release, gate);
  const message: SubmitDecision = {
    decision,
    gate,
    approver: as,
    evidence: shown,
    ...(role === undefined ? {} : { role }),
    ...(reason === undefined ? {} : { comment: reason }),
  };
  const send = (): Promise<DecisionAnswer> =>
    client.workflow
      .getHandle(release)
      .executeUpdate<DecisionAnswer, [SubmitDecision]>(releaseUpdates.submitDecision, { args: [message] });
  let answer: DecisionAnswer;
  try {
    answer = await send().catch((error: unknown) => {
      // A release that continues as new at this very moment drops the update; the next run takes it.
      if (isDroppedByContinueAsNew(error)) return send();
      throw error;
    });
  } catch (error) {
    throw asSeatrialError(error, release);
  }
  // What is well-formed is decided, and a refusal recorded, by the release itself: it is an answer and not an error there.
  if (!answer.accepted) throw new SeatrialError('REFUSED', answer.reason);
  return { release, gate, decision, evidence: shown };
}

function isDroppedByContinueAsNew(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}

function evidenceOf({ gate: open, headline }: ReleaseView, release: string, gate: string): string {
  if (open?.name === gate) return open.evidence.sha256;
  const now = open ? `The open gate is ${open.name}.` : `No gate is open: ${headline}`;
  throw new SeatrialError('REFUSED', `${release} does not ask for a decision at gate ${gate} now. ${now}`);
}

export type OperatorCommand =
  'pause' | 'resume' | 'abort' | 'retry' | 'rollback' | 'skip' | 'openAction' | 'closeAction';

const ANSWER_MS = 10_000;
const POLL_MS = 200;

/**
 * Sends a command and waits until the release has acted on it or refused it: a signal itself has no answer, but each one leaves
 * an entry in the ledger. Throws `SeatrialError` REFUSED with the reason, UNAVAILABLE when no worker took it in time (it is
 * not lost then).
 */
export async function sendCommand(
  client: Client,
  release: string,
  command: OperatorCommand,
  message: OperatorMessage | SkipMessage | OpenActionMessage | CloseActionMessage,
): Promise<ReleaseView> {
  const before = await queryState(client, release);
  try {
    await client.workflow.getHandle(release).signal(command, message);
  } catch (error) {
    throw asSeatrialError(error, release);
  }
  const until = Date.now() + ANSWER_MS;
  while (Date.now() < until) {
    const after = await queryState(client, release);
    if (after.ledger.entries > before.ledger.entries) {
      const refused = after.lastRefused;
      if (refused && refused.message === command && refused.at !== before.lastRefused?.at) {
        throw new SeatrialError('REFUSED', `${release} refused to ${command}: ${refused.reason}`);
      }
      return after;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new SeatrialError(
    'UNAVAILABLE',
    `${release} has ${command}, and no worker acted on it yet. It is not lost.`,
  );
}
