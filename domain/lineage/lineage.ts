import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import type { TrafficArm } from '../../contracts/gateway.ts';

/** Entries by stream, as far as they have been read. A stream that was asked for and has no entry is an empty list. */
export type Books = ReadonlyMap<string, readonly LedgerEntry[]>;

/**
 * Where versions came from and what they led to, as the ledger has it: drift events, retraining, data window, training, version,
 * release, traffic, and what the monitor says now. Lists are in order of time, and name each other by stream and id.
 */
export interface Lineage {
  readonly schema: 1;
  readonly model: string;
  readonly releases: readonly ReleaseLine[];
  readonly retrainings: readonly RetrainingLine[];
  /** Those that a retraining names. */
  readonly driftEvents: readonly DriftLine[];
  /** What is named somewhere and found nowhere, or is not what was named. */
  readonly dangling: readonly Dangling[];
}

export interface ReleaseLine {
  readonly release: string;
  readonly version: string;
  readonly at: string;
  readonly requester: string;
  readonly plan: EvidenceRef | null;
  readonly artifact: EvidenceRef;
  /** Stream of the retraining that made it; null when a person brought the version. */
  readonly cameFrom: string | null;
  /** `live`, `superseded`, `observing`: the outcome once there is one, else the situation. */
  readonly state: string;
  readonly headline: string;
  readonly traffic: readonly TrafficLine[];
  readonly monitor: MonitorLine;
}

export interface TrafficLine {
  readonly at: string;
  readonly purpose: 'canary' | 'promotion' | 'rollback';
  readonly arms: readonly TrafficArm[];
}

/** What monitors have said of a version; `last` is what they say now. */
export interface MonitorLine {
  readonly events: number;
  readonly last: DriftLine | null;
  /** Open incidents of this version, in words. */
  readonly incidents: readonly string[];
}

export interface DriftLine {
  readonly id: string;
  /** When the model heard of it; the event's own time is in its id's window. */
  readonly at: string;
  /** `<cluster>/<topic>/<partition>/<offset>`. */
  readonly place: string;
  readonly source: string | null;
  readonly version: string | null;
  readonly bucket: string;
  readonly reason: string;
}

export interface RetrainingLine {
  readonly retraining: string;
  readonly decision: string;
  /** Version that drifted. */
  readonly version: string;
  readonly at: string;
  readonly reason: string;
  readonly driftEvents: readonly string[];
  readonly windowEnd: string;
  readonly approval: { readonly by: string; readonly reason: string } | null;
  readonly state: 'held' | 'queued' | 'dropped' | 'running' | 'released' | 'failed';
  readonly detail: string;
  readonly data: {
    readonly file: EvidenceRef;
    readonly from: string;
    readonly to: string;
    readonly rows: number;
  } | null;
  readonly training: TrainingLine | null;
  readonly comparison: {
    readonly report: EvidenceRef;
    readonly breaches: readonly string[];
    readonly accepted: boolean;
  } | null;
  readonly registered: { readonly version: string; readonly plan: EvidenceRef } | null;
}

export interface TrainingLine {
  readonly command: readonly string[];
  readonly arguments: readonly string[];
  readonly seed: number;
  /** Null while it runs, and when it failed. */
  readonly seconds: number | null;
  readonly files: Readonly<Record<string, EvidenceRef>>;
  readonly log: EvidenceRef | null;
}

export interface Dangling {
  /** Stream that names it. */
  readonly from: string;
  /** `release/...`, `retraining/...`, an event's id, or a digest. */
  readonly to: string;
  readonly what: string;
}
