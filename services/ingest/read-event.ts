import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { Measurement } from '../../contracts/live-events.ts';
import { parseDriftEvent } from '../../contracts/schemas/drift-event.ts';
import { summarise } from './drift-summary.ts';
import type { Said } from './drift-summary.ts';

export interface Accepted {
  readonly record: ReceivedRecord;
  readonly model: string;
  readonly summary: Said;
  /** What its headline is made of. */
  readonly measurements: readonly Measurement[];
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
  const { model, measurements } = event.data;
  const summary = summarise(event, record.offset);
  return { ok: true, accepted: { record, model: model.name, summary, measurements } };
}
