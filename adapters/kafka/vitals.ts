import { consumerTimes } from './client.ts';

/** What can be seen of a consumer from outside. Times in milliseconds. */
export interface Vitals {
  /** Member of the group, or on its way into it? */
  readonly joined: boolean;
  /** Since the last fetch, heartbeat or join came back. */
  readonly silentMs: number;
  /** Age of the oldest slice that a handler has in hand; 0 when none. */
  readonly inHandMs: number;
  /** How long a partition of ours has had records that nobody fetched; 0 when none. */
  readonly stalledMs: number;
  /** Since the group first called us a stranger, while the library neither joined anew nor had a commit accepted; else 0. */
  readonly refusedMs: number;
}

export interface Diagnosis {
  readonly ok: boolean;
  readonly detail: string;
  /** Alive but stuck: only a new consumer helps. */
  readonly rebuild: boolean;
}

/** Fetches come back every half second and heartbeats every two, so this long without either is a fault. */
const SILENT_MS = 8_000;
const REBUILD_SILENT_MS = 30_000;
/** A join may wait for the slowest member of the group. */
const REBUILD_JOINING_MS = consumerTimes.rebalanceTimeoutMs + consumerTimes.sessionTimeoutMs + 20_000;
/** kafkajs joins anew within a heartbeat or two of such an answer, when it notices it. */
const REFUSED_MS = 6_000;
const REBUILD_REFUSED_MS = 20_000;
const STALLED_MS = 8_000;
const REBUILD_STALLED_MS = 30_000;
/** A slice that outlives a rebalance costs the member its place. */
const IN_HAND_MS = consumerTimes.rebalanceTimeoutMs;

/** Tells a consumer that waits from one that is stuck. */
export function diagnose({ joined, silentMs, inHandMs, stalledMs, refusedMs }: Vitals): Diagnosis {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  if (silentMs > SILENT_MS)
    return {
      ok: false,
      detail: `no sign of life from the consumer for ${seconds(silentMs)}${joined ? '' : ', it is joining its group'}`,
      rebuild: silentMs > (joined ? REBUILD_SILENT_MS : REBUILD_JOINING_MS),
    };
  if (refusedMs > REFUSED_MS)
    return {
      ok: false,
      detail: `the group has not known this consumer for ${seconds(refusedMs)}`,
      rebuild: refusedMs > REBUILD_REFUSED_MS && inHandMs === 0,
    };
  if (stalledMs > STALLED_MS)
    return {
      ok: false,
      detail: `records wait unread for ${seconds(stalledMs)}`,
      // A slice in hand may be what the others wait for.
      rebuild: stalledMs > REBUILD_STALLED_MS && inHandMs === 0,
    };
  if (inHandMs > IN_HAND_MS)
    return { ok: false, detail: `one slice has been in hand for ${seconds(inHandMs)}`, rebuild: false };
  if (!joined) return { ok: false, detail: 'joining the group', rebuild: false };
  return { ok: true, detail: 'consuming', rebuild: false };
}
