import type { ReceivedRecord } from '../../adapters/kafka/index.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import type { CloudEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { DriftReported } from '../../contracts/live-events.ts';
import type { DriftSummary } from '../../contracts/messages.ts';
import { driftReported, explain } from '../../contracts/schemas/live-events.ts';
import { summarise } from './drift-summary.ts';

/** Names the one shape of drift events that this version reads. */
export const DRIFT_SCHEMA = 'urn:seatrial:schema:drift-report:1';
/** Our own monitor's ids name model, version, kind and window: up to 320 characters. */
const MAX_ID_LENGTH = 512;
const DRIFT_TYPES: readonly string[] = [
  eventTypes.driftDetected,
  eventTypes.driftCleared,
  eventTypes.driftUnresolved,
];

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
  const refuse = (code: string, stage: Refusal['stage'], reason: string): Reading => ({
    ok: false,
    refused: { record, refusal: { code, stage, reason } },
  });
  const decoded = decodeEvent(record);
  if (!decoded.ok) return refuse(decoded.code, 'VALUE_CONVERTER', decoded.reason);
  const { event } = decoded;
  if (event.id.length > MAX_ID_LENGTH)
    return refuse('bad-attribute', 'TRANSFORMATION', `id has more than ${MAX_ID_LENGTH} characters`);
  if (!DRIFT_TYPES.includes(event.type)) {
    const otherVersion = /^dev\.seatrial\.drift\.[a-z]+\.v\d+$/.test(event.type);
    const known = DRIFT_TYPES.join(', ');
    return refuse(
      otherVersion ? 'schema-version' : 'unknown-type',
      'TRANSFORMATION',
      `type '${event.type}'; known: ${known}`,
    );
  }
  if (event.dataschema !== undefined && event.dataschema !== DRIFT_SCHEMA)
    return refuse(
      'schema-version',
      'TRANSFORMATION',
      `dataschema '${event.dataschema}'; known: ${DRIFT_SCHEMA}`,
    );
  const parsed = driftReported.safeParse(event.data);
  if (!parsed.success) {
    const badModel = parsed.error.issues.some(
      ({ path }) => path[0] === 'model' && (path.length === 1 || path[1] === 'name'),
    );
    return refuse(badModel ? 'bad-model' : 'bad-data', 'TRANSFORMATION', explain(parsed.error));
  }
  const valid: CloudEvent<DriftReported> = { ...event, data: parsed.data };
  return {
    ok: true,
    accepted: { record, model: parsed.data.model.name, summary: summarise(valid, record.offset) },
  };
}
