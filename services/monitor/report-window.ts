import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { EventLog, LogRecord } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { topics } from '../../contracts/topics.ts';
import { driftEventsOf, windowKey, type ClosedWindow } from '../../domain/drift/monitor/index.ts';
import type { StateLog } from './state-log.ts';

export interface ReportingParts {
  readonly log: EventLog;
  readonly evidence: EvidenceStore;
  readonly state: StateLog;
  readonly monitorId: string;
  readonly toolVersion: string;
  readonly environment: string;
}

/**
 * Makes a closed window known, in an order that a crash cannot harm: its report as evidence (by digest), its drift
 * events (by ids that a repeat has again), and last of all the note that it is done. Returns how many events were sent.
 */
export async function reportWindow(closed: ClosedWindow, parts: ReportingParts): Promise<number> {
  const { log, state, monitorId, toolVersion, environment } = parts;
  const evidence = await parts.evidence.put(`${JSON.stringify(closed, null, 2)}\n`, {
    name: `window-${windowKey(closed).replaceAll(/[/:]/g, '-')}.json`,
    mediaType: 'application/json',
  });
  const events = driftEventsOf(closed, { monitorId, toolVersion, environment, evidence });
  const records: LogRecord[] = events.map(({ id, type, time, subject, data }) => {
    const source = `/monitors/seatrial/${monitorId}`;
    return encodeEvent({ id, source, type, time, subject, partitionkey: closed.model, data });
  });
  if (records.length > 0) await log.publish(topics.drift, records);
  await state.saveWindow(closed);
  return records.length;
}
