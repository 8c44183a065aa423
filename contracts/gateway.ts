import type { EvidenceRef } from './evidence.ts';

/**
 * The serving gateway's HTTP interface. Inference is the Open Inference Protocol v2; what follows is the part that
 * shifts traffic.
 *
 *   PUT  /admin/models/:model/versions/:version   LoadVersion            load (idempotent by artifact digest)
 *   PUT  /admin/models/:model/traffic             TrafficChange          200 TrafficStatus, 409 stale fence
 *   GET  /admin/models/:model/traffic             TrafficStatus
 *   POST /v2/models/:model[/versions/:version]/infer
 */
export const FALLBACK_VERSION = 'fallback';

export type Arm = 'baseline' | 'canary';

export interface TrafficArm {
  readonly arm: Arm;
  /** A loaded version, or `fallback`: the declared answer without any model. */
  readonly version: string;
  /** Per cent of callers; the arms add up to 100. */
  readonly weight: number;
}

export interface TrafficChange {
  /** Names this change; sent again it answers as before and changes nothing. */
  readonly changeId: string;
  /** Number of the slot grant. A change with a lower fence than one already seen comes from a release that lost its slot. */
  readonly fence: number;
  readonly arms: readonly TrafficArm[];
}

export interface TrafficStatus {
  readonly model: string;
  readonly arms: readonly TrafficArm[];
  readonly fence: number;
  readonly lastChangeId: string | null;
  /** Changes applied since the gateway's data folder was made, repeats not counted. */
  readonly changesApplied: number;
  readonly appliedAt: string | null;
}

export interface LoadVersion {
  readonly artifact: EvidenceRef;
  readonly signature: EvidenceRef;
  readonly fallback: { readonly score: number };
  readonly threshold: number;
}

/** Request headers: the caller's stable key for sticky routing, and event time for replays of recorded traffic. */
export const headers = {
  key: 'x-seatrial-key',
  time: 'x-seatrial-time',
  arm: 'x-seatrial-arm',
  version: 'x-seatrial-version',
  /** `true`: answer as to any caller, and do not log. For counting which version serves. */
  probe: 'x-seatrial-probe',
  /** W3C Server Timing on every answer: `gateway;dur=MS, model;dur=MS`; the two do not overlap. */
  timing: 'server-timing',
  /** On records of the prediction log: when the request came, by the gateway's clock, in milliseconds since 1970. */
  arrived: 'x-seatrial-arrived',
} as const;
