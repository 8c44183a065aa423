import type { DriftSummary } from '../../contracts/messages.ts';
import type { ModelState } from './state.ts';

/** What the model remembers of one kind of drift of the version that serves. All times are event times, ISO 8601 UTC. */
export interface SignalMemory {
  /** Ends of the newest windows that reported drift, oldest first, at most `KEPT_WINDOWS`. */
  readonly drifted: readonly string[];
  /** End of the newest window that led to a decision or an incident; null when the kind may lead to another. */
  readonly fired: string | null;
}

/** Bounds the memory, and with it `persistence.of` in a plan. */
export const KEPT_WINDOWS = 30;

const HOUR = 3_600_000;
const nothing: SignalMemory = { drifted: [], fired: null };

export const memoryOf = ({ signals }: ModelState, kind: DriftSummary['kind']): SignalMemory =>
  signals?.[kind] ?? nothing;

/** The memory once this window has reported drift; windows may come late, and one window may report often. */
export function withDrift(memory: SignalMemory, { windowEnd }: DriftSummary): SignalMemory {
  if (memory.drifted.includes(windowEnd)) return memory;
  const drifted = [...memory.drifted, windowEnd].sort((a, b) => Date.parse(a) - Date.parse(b));
  return { ...memory, drifted: drifted.slice(-KEPT_WINDOWS) };
}

export function withFired(memory: SignalMemory, { windowEnd }: DriftSummary): SignalMemory {
  const before = memory.fired === null ? -Infinity : Date.parse(memory.fired);
  return Date.parse(windowEnd) > before ? { ...memory, fired: windowEnd } : memory;
}

/** A cleared event re-arms a kind, unless it is about an older window than the one that led to the decision. */
export function withCleared(memory: SignalMemory, { windowEnd }: DriftSummary): SignalMemory {
  const answers = memory.fired !== null && Date.parse(windowEnd) > Date.parse(memory.fired);
  return answers ? { ...memory, fired: null } : memory;
}

/**
 * Windows with drift among the newest `of` that end with this one, counted in event time: a monitor that says nothing of
 * quiet windows and one that reports each are counted alike. A window without a length counts as an hour.
 */
export function driftedAmong({ drifted }: SignalMemory, event: DriftSummary, of: number): number {
  const end = Date.parse(event.windowEnd);
  const oldest = end - of * lengthOf(event);
  return drifted.map((time) => Date.parse(time)).filter((time) => time > oldest && time <= end).length;
}

/** Whether the kind may lead to a decision: it never has, was cleared since, or was quiet for long enough before this window. */
export function isArmed(
  { fired, drifted }: SignalMemory,
  event: DriftSummary,
  rearmWindows: number | undefined,
): boolean {
  if (fired === null || rearmWindows === undefined) return true;
  const start = Date.parse(event.windowEnd) - lengthOf(event);
  const ends = [fired, ...drifted].map((time) => Date.parse(time));
  const before = Math.max(...ends.filter((time) => time < Date.parse(event.windowEnd)));
  const after = Date.parse(event.windowEnd) > Date.parse(fired);
  return after && start - before >= rearmWindows * lengthOf(event);
}

function lengthOf({ windowStart, windowEnd }: DriftSummary): number {
  const length = Date.parse(windowEnd) - Date.parse(windowStart);
  return length > HOUR ? length : HOUR;
}
