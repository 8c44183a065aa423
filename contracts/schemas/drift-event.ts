import { decodeEvent } from '../cloudevents.ts';
import type { CloudEvent, DecodeCode, RawRecord } from '../cloudevents.ts';
import { eventTypes } from '../live-events.ts';
import type { DriftReported } from '../live-events.ts';
import { driftReported, explain } from './live-events.ts';
import { isPlainDriftReport } from './plain-drift-report.ts';

/** Names the one shape of drift events that this version reads. */
export const DRIFT_SCHEMA = 'urn:seatrial:schema:drift-report:1';
/** Our own monitor's ids name model, version, kind and window: up to 320 characters. */
const MAX_ID_LENGTH = 512;
const DRIFT_TYPES: readonly string[] = [
  eventTypes.driftDetected,
  eventTypes.driftCleared,
  eventTypes.driftUnresolved,
];

/** Why a record is no drift event. Stable: dead letters carry it. */
export type DriftRefusalCode = DecodeCode | 'unknown-type' | 'schema-version' | 'bad-model' | 'bad-data';

export type DriftReading =
  | { readonly ok: true; readonly event: CloudEvent<DriftReported> }
  | {
      readonly ok: false;
      readonly code: DriftRefusalCode;
      /** Whether it is no event at all, or an event that says something else. */
      readonly step: 'decode' | 'validate';
      readonly reason: string;
    };

/** Reads a record as a drift event: what ingest takes, and what a dead letter must be to be replayed. Never throws. */
export function parseDriftEvent(record: RawRecord): DriftReading {
  const decoded = decodeEvent(record);
  if (!decoded.ok) return { ...decoded, step: 'decode' };
  const { event } = decoded;
  if (event.id.length > MAX_ID_LENGTH)
    return refuse('bad-attribute', `id has more than ${MAX_ID_LENGTH} characters`);
  if (!DRIFT_TYPES.includes(event.type)) {
    const otherVersion = /^dev\.seatrial\.drift\.[a-z]+\.v\d+$/.test(event.type);
    return refuse(
      otherVersion ? 'schema-version' : 'unknown-type',
      `type '${event.type}'; known: ${DRIFT_TYPES.join(', ')}`,
    );
  }
  if (event.dataschema !== undefined && event.dataschema !== DRIFT_SCHEMA)
    return refuse('schema-version', `dataschema '${event.dataschema}'; known: ${DRIFT_SCHEMA}`);
  if (isPlainDriftReport(event.data)) return { ok: true, event: event as CloudEvent<DriftReported> };
  const parsed = driftReported.safeParse(event.data);
  if (parsed.success) return { ok: true, event: { ...event, data: parsed.data } };
  const badModel = parsed.error.issues.some(
    ({ path }) => path[0] === 'model' && (path.length === 1 || path[1] === 'name'),
  );
  return refuse(badModel ? 'bad-model' : 'bad-data', explain(parsed.error));
}

function refuse(code: DriftRefusalCode, reason: string): DriftReading {
  return { ok: false, code, step: 'validate', reason };
}
