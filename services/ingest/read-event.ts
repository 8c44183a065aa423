import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { DriftSummary } from '../../contracts/messages.ts';
import { parseDriftEvent } from '../../contracts/schemas/drift-event.ts';
import { summarise } from './drift-summary.ts';

export interface Accepted {
  readonly record: ReceivedRecord;
  readonly model: string;
  readonly summary: DriftSummary;
}

/** Why a record can never be delivered. `code` is stable; `stage` is Kafka Connect's word for where it failed. */
export interface Refusal {
  readonly code: string;
  readonly stage: 'VALUE_CONVERTER' | 'TRANSFORMATION' | 'TASK_PUT';
  readonly reason: string;
}

export interface Refused {
  readonly record: ReceivedRecord;
  readonly refusal: Refusal;
}

export type Reading =
  { readonly ok: true; readonly accepted: Accepted } | { readonly ok: false; readonly refused: Refused };

/** Reads one record of the drift topic as a valid drift event, or says why it is none. Never throws. */
export function readEvent(record: ReceivedRecord): Reading {
  const reading = parseDriftEvent(record);
  if (!reading.ok) {
    const { code, step, reason } = reading;
    const stage = step === 'decode' ? 'VALUE_CONVERTER' : 'TRANSFORMATION';
    return { ok: false, refused: { record, refusal: { code, stage, reason } } };
  }
  const { event } = reading;
  return {
    ok: true,
    accepted: { record, model: event.data.model.name, summary: summarise(event, record.offset) },
  };
}
