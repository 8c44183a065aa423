import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { DecideRetraining, DecisionAnswer } from '../contracts/messages.ts';
import type { RetrainingSpec } from '../contracts/plan.ts';
import type { ModelCommand } from '../domain/model/index.ts';
import type { Unsent } from './command.ts';
import {
  approveRetraining,
  decideRetraining,
  descriptions,
  driftBatch,
  promoted,
  rejectRetraining,
  retrainingFinished,
  reviewNoted,
  rolledBack,
  slotReleased,
  slotRequested,
  startRetraining,
} from './messages.ts';
import { parseDrift } from './parse-drift.ts';
import {
  parseFinished,
  parseHeld,
  parseRetrainingWord,
  parseStart,
  parseVersion,
  wholeNumber,
} from './parse.ts';
import type { Fields, Parsed } from './parse.ts';

export interface ModelLetter {
  readonly command: Unsent<ModelCommand>;
  /** Set by the main loop; only the update waits for it. */
  answer?: DecisionAnswer;
}

/** Registers every handler of a model. Handlers read, put a command into the inbox, and never throw. */
export function listenToModel(inbox: ModelLetter[]): void {
  const options = { description: descriptions.internal };
  const put = (command: Unsent<ModelCommand>): ModelLetter => {
    const letter: ModelLetter = { command };
    inbox.push(letter);
    return letter;
  };
  const accept = <T>(
    message: string,
    parsed: Parsed<T>,
    command: (value: T) => Unsent<ModelCommand>,
  ): ModelLetter =>
    put(parsed.ok ? command(parsed.value) : { type: 'RefuseMessage', message, reason: parsed.reason });

  setHandler(
    slotRequested,
    (raw) =>
      void accept('slotRequested', parseVersion(raw), ({ version, fields }) => ({
        type: 'RequestSlot',
        version,
        purpose: fields['purpose'] === 'rollback' ? 'rollback' : 'release',
      })),
    options,
  );
  setHandler(
    slotReleased,
    (raw) =>
      void accept('slotReleased', parseVersion(raw), ({ version }) => ({ type: 'ReleaseSlot', version })),
    options,
  );
  setHandler(
    promoted,
    (raw) =>
      void accept('promoted', parseVersion(raw), ({ version, fields }) => ({
        type: 'Promote',
        version,
        fence: fence(fields),
        planRef: fields['planRef'] as EvidenceRef,
        ...(isObject(fields['retraining']) && isObject(fields['planRef'])
          ? { retraining: fields['retraining'] as unknown as RetrainingSpec }
          : {}),
      })),
    options,
  );
  setHandler(
    rolledBack,
    (raw) =>
      void accept('rolledBack', parseVersion(raw), ({ version, fields }) => ({
        type: 'RollBack',
        version,
        to: typeof fields['to'] === 'string' && fields['to'] !== '' ? fields['to'] : null,
        fence: fence(fields),
      })),
    options,
  );
  setHandler(
    reviewNoted,
    (raw) =>
      void accept('reviewNoted', parseVersion(raw), ({ version, fields }) => ({
        type: 'NoteReview',
        version,
        overdueSince: typeof fields['overdueSince'] === 'string' ? fields['overdueSince'] : null,
      })),
    options,
  );
  setHandler(
    driftBatch,
    (raw) => void accept('driftBatch', parseDrift(raw), (batch) => ({ type: 'ReceiveDrift', batch })),
    options,
  );
  setHandler(
    retrainingFinished,
    (raw) =>
      void accept('retrainingFinished', parseFinished(raw), (value) => ({
        type: 'FinishRetraining',
        ...value,
      })),
    options,
  );
  listenToPeople(accept);
}

type Accept = <T>(
  message: string,
  parsed: Parsed<T>,
  command: (value: T) => Unsent<ModelCommand>,
) => ModelLetter;

/** What people say about retrainings: as signals, and as an update for clients that want the answer. */
function listenToPeople(accept: Accept): void {
  for (const [signal, action] of [
    [approveRetraining, 'approve'],
    [rejectRetraining, 'reject'],
  ] as const) {
    setHandler(
      signal,
      (raw) => void accept(signal.name, parseHeld(raw), (value) => commandOf({ action, ...value })),
      { description: descriptions[`${action}Retraining`] },
    );
  }
  setHandler(
    startRetraining,
    (raw) =>
      void accept('startRetraining', parseStart(raw), (value) => commandOf({ action: 'start', ...value })),
    { description: descriptions.startRetraining },
  );
  setHandler(
    decideRetraining,
    async (raw): Promise<DecisionAnswer> => {
      const letter = accept('decideRetraining', parseRetrainingWord(raw), commandOf);
      await condition(() => letter.answer !== undefined);
      return letter.answer ?? { accepted: false, reason: 'no answer' };
    },
    {
      validator: (raw) => {
        const parsed = parseRetrainingWord(raw);
        if (!parsed.ok) throw ApplicationFailure.nonRetryable(parsed.reason, 'MalformedDecision');
      },
    },
  );
}

function commandOf(word: DecideRetraining): Unsent<ModelCommand> {
  if (word.action !== 'start') return { type: 'DecideRetraining', ...word };
  const { action: _, ...start } = word;
  return { type: 'StartRetraining', ...start };
}

/** A fence that is no number matches no grant, so the message has no effect. */
function fence(fields: Fields): number {
  try {
    return wholeNumber(fields, 'fence');
  } catch {
    return -1;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
