import { setHandler } from '@temporalio/workflow';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { RetrainingSpec } from '../contracts/plan.ts';
import type { ModelCommand } from '../domain/model/index.ts';
import type { Unsent } from './command.ts';
import {
  descriptions,
  driftBatch,
  promoted,
  retrainingFinished,
  rolledBack,
  slotReleased,
  slotRequested,
} from './messages.ts';
import { parseBatch, parseFinished, parseVersion, wholeNumber } from './parse.ts';
import type { Fields, Parsed } from './parse.ts';

/** Registers every handler of a model. Handlers read, put a command into the inbox, and never throw. */
export function listenToModel(put: (command: Unsent<ModelCommand>) => void): void {
  const options = { description: descriptions.internal };
  const accept = <T>(message: string, parsed: Parsed<T>, command: (value: T) => Unsent<ModelCommand>): void =>
    put(parsed.ok ? command(parsed.value) : { type: 'RefuseMessage', message, reason: parsed.reason });

  setHandler(
    slotRequested,
    (raw) =>
      accept('slotRequested', parseVersion(raw), ({ version, fields }) => ({
        type: 'RequestSlot',
        version,
        purpose: fields['purpose'] === 'rollback' ? 'rollback' : 'release',
      })),
    options,
  );
  setHandler(
    slotReleased,
    (raw) => accept('slotReleased', parseVersion(raw), ({ version }) => ({ type: 'ReleaseSlot', version })),
    options,
  );
  setHandler(
    promoted,
    (raw) =>
      accept('promoted', parseVersion(raw), ({ version, fields }) => ({
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
      accept('rolledBack', parseVersion(raw), ({ version, fields }) => ({
        type: 'RollBack',
        version,
        to: typeof fields['to'] === 'string' && fields['to'] !== '' ? fields['to'] : null,
        fence: fence(fields),
      })),
    options,
  );
  setHandler(
    driftBatch,
    (raw) => accept('driftBatch', parseBatch(raw), (batch) => ({ type: 'ReceiveDrift', batch })),
    options,
  );
  setHandler(
    retrainingFinished,
    (raw) =>
      accept('retrainingFinished', parseFinished(raw), (value) => ({ type: 'FinishRetraining', ...value })),
    options,
  );
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
