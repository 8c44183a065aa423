import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { ReleaseCommand } from '../domain/release/index.ts';
import type { Unsent } from './command.ts';
import {
  abort,
  approve,
  closeAction,
  descriptions,
  openAction,
  pause,
  reject,
  resume,
  retry,
  rollback,
  skip,
  slotGranted,
  slotRevoked,
  submitDecision,
  superseded,
} from './messages.ts';
import type { DecisionAnswer } from '../contracts/messages.ts';
import {
  parseBy,
  parseCloseAction,
  parseDecision,
  parseGrant,
  parseOpenAction,
  parseOperator,
  parseSkip,
  parseSubmission,
} from './parse.ts';
import type { Parsed } from './parse.ts';

export interface Letter {
  readonly command: Unsent<ReleaseCommand>;
  /** Set by the main loop; only the update waits for it. */
  answer?: DecisionAnswer;
}

/**
 * Registers every handler of a release. A handler reads its input, puts a command into the inbox and returns: it never
 * throws, decides or waits, so no message can wedge the workflow and nothing interleaves with the main loop.
 */
export function listen(inbox: Letter[]): void {
  const put = (command: Unsent<ReleaseCommand>): Letter => {
    const letter: Letter = { command };
    inbox.push(letter);
    return letter;
  };
  const accept = <T>(
    message: string,
    parsed: Parsed<T>,
    command: (value: T) => Unsent<ReleaseCommand>,
  ): Letter =>
    put(
      parsed.ok
        ? command(parsed.value)
        : { type: 'RefuseMessage', message, from: parsed.from, reason: parsed.reason },
    );

  for (const [signal, decision] of [
    [approve, 'approve'],
    [reject, 'reject'],
  ] as const) {
    setHandler(
      signal,
      (raw) =>
        void accept(decision, parseDecision(raw), (value) => ({
          type: 'Decide',
          decision,
          attestation: 'claimed',
          ...value,
        })),
      { description: descriptions[decision] },
    );
  }
  for (const [signal, type] of [
    [pause, 'Pause'],
    [resume, 'Resume'],
    [abort, 'Abort'],
    [retry, 'Retry'],
    [rollback, 'Rollback'],
  ] as const) {
    const name = signal.name as 'pause' | 'resume' | 'abort' | 'retry' | 'rollback';
    setHandler(signal, (raw) => void accept(name, parseOperator(raw), (value) => ({ type, ...value })), {
      description: descriptions[name],
    });
  }

  setHandler(skip, (raw) => void accept('skip', parseSkip(raw), (value) => ({ type: 'Skip', ...value })), {
    description: descriptions.skip,
  });

  setHandler(
    openAction,
    (raw) => void accept('openAction', parseOpenAction(raw), (value) => ({ type: 'OpenAction', ...value })),
    { description: descriptions.openAction },
  );
  setHandler(
    closeAction,
    (raw) =>
      void accept('closeAction', parseCloseAction(raw), (value) => ({ type: 'CloseAction', ...value })),
    { description: descriptions.closeAction },
  );

  const internal = { description: descriptions.internal };
  setHandler(
    slotGranted,
    (raw) => void accept('slotGranted', parseGrant(raw), (value) => ({ type: 'GrantSlot', ...value })),
    internal,
  );
  setHandler(
    slotRevoked,
    (raw) =>
      void accept('slotRevoked', parseBy(raw), ({ by }) => ({
        type: 'RevokeSlot',
        reason: `version ${by} is being rolled back`,
      })),
    internal,
  );
  setHandler(
    superseded,
    (raw) => void accept('superseded', parseBy(raw), (value) => ({ type: 'Supersede', ...value })),
    internal,
  );

  setHandler(
    submitDecision,
    async (raw): Promise<DecisionAnswer> => {
      const letter = accept('submitDecision', parseSubmission(raw), (value) => ({
        type: 'Decide',
        attestation: 'claimed',
        ...value,
      }));
      await condition(() => letter.answer !== undefined);
      return letter.answer ?? { accepted: false, reason: 'the release ended first' };
    },
    { validator: refuseMalformed },
  );
}

/** Synchronous, and about shape alone: what is well-formed is decided, and its refusal recorded, by the main loop. */
function refuseMalformed(raw: unknown): void {
  const parsed = parseSubmission(raw);
  if (!parsed.ok) throw ApplicationFailure.nonRetryable(parsed.reason, 'MalformedDecision');
}
