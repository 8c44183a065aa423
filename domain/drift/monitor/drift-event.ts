import type { EvidenceRef } from '../../../contracts/evidence.ts';
import { eventTypes, type DriftReported } from '../../../contracts/live-events.ts';
import type { Announcement } from './alarm.ts';
import type { AnnouncedFinding, ClosedWindow } from './closed-window.ts';

/** A drift event before it is wrapped as a CloudEvent. */
export interface DriftEvent {
  /** From model, version, kind and window: a window that is closed again after a restart says the same event. */
  readonly id: string;
  readonly type: string;
  /** Event time: the window's end, ISO 8601 UTC. */
  readonly time: string;
  readonly subject: string;
  readonly data: DriftReported;
}

export interface DriftEventOrigin {
  readonly monitorId: string;
  readonly toolVersion: string;
  readonly environment: string;
  /** The closed window as JSON in the evidence store. */
  readonly evidence: EvidenceRef;
}

const MOST_MEASUREMENTS = 200;

const typeOf: Record<Announcement, string> = {
  detected: eventTypes.driftDetected,
  cleared: eventTypes.driftCleared,
  unresolved: eventTypes.driftUnresolved,
};

/** What a closed window says aloud: one event for each announced finding. */
export function driftEventsOf(closed: ClosedWindow, origin: DriftEventOrigin): DriftEvent[] {
  return closed.findings.flatMap((finding) =>
    finding.announce === null ? [] : [driftEventOf(closed, finding, finding.announce, origin)],
  );
}

function driftEventOf(
  closed: ClosedWindow,
  finding: AnnouncedFinding,
  announced: Announcement,
  { monitorId, toolVersion, environment, evidence }: DriftEventOrigin,
): DriftEvent {
  const { model, version, window } = closed;
  // Those that drifted first, because a consumer that shows one shows the first.
  const measurements = [...finding.measurements]
    .sort((a, b) => Number(b.drifted) - Number(a.drifted))
    .slice(0, MOST_MEASUREMENTS);
  return {
    id: `${model}/${version}/${finding.kind}/${window.start}/${window.end}`,
    type: typeOf[announced],
    time: window.end,
    subject: `models/${model}/versions/${version}`,
    data: {
      model: { name: model, version, environment },
      monitor: { tool: 'seatrial', toolVersion, id: monitorId },
      kind: finding.kind,
      verdict: finding.verdict,
      severity: finding.severity,
      window: { ...window, rows: closed.labels?.labelled ?? closed.counts.rows },
      reference: { id: closed.profile },
      measurements,
      evidence: { uri: `evidence:${evidence.sha256}`, sha256: evidence.sha256 },
    },
  };
}
