/** The busiest window of a recording: its requests, by position. */
export interface Peak {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Requests a second in it. */
  readonly perSecond: number;
}

/** The window of this length with the most requests. `times` in milliseconds, ascending. Two pointers, one pass. */
export function busiestWindow(times: readonly number[], windowMs: number): Peak {
  let [from, to] = [0, 0];
  for (let start = 0, end = 0; end < times.length; end++) {
    while (times[end]! - times[start]! >= windowMs) start++;
    if (end + 1 - start > to - from) [from, to] = [start, end + 1];
  }
  return { from, to, perSecond: ((to - from) * 1000) / windowMs };
}

export interface PeakPlan {
  /** Times the recorded rate. */
  readonly multiple: number;
  readonly leastPerSecond: number;
  readonly seconds: number;
  readonly windowMs: number;
}

export interface Arrivals {
  /** Position in the recording and moment in milliseconds from the start, ascending. */
  readonly calls: readonly { readonly position: number; readonly atMs: number }[];
  readonly perSecond: number;
  /** How many times the recorded rate that is. */
  readonly multiple: number;
}

/**
 * The busiest window played faster, again and again until the time is over: the gaps between requests keep their proportions, so that a
 * burst stays a burst. The rate is `multiple` times the recorded one, and `leastPerSecond` at least.
 */
export function peakArrivals(times: readonly number[], plan: PeakPlan): Arrivals {
  const { from, to, perSecond: recorded } = busiestWindow(times, plan.windowMs);
  if (to === from) return { calls: [], perSecond: 0, multiple: 0 };
  const perSecond = Math.max(recorded * plan.multiple, plan.leastPerSecond);
  const faster = perSecond / recorded;
  const first = times[from] ?? 0;
  const calls: { position: number; atMs: number }[] = [];
  for (let round = 0; ; round++) {
    for (let position = from; position < to; position++) {
      const atMs = (times[position]! - first + round * plan.windowMs) / faster;
      if (atMs >= plan.seconds * 1000) return { calls, perSecond, multiple: faster };
      calls.push({ position, atMs });
    }
  }
}

/** Evenly spread requests, for a model that nobody has called yet. */
export function evenArrivals(rows: number, { leastPerSecond, seconds }: PeakPlan): Arrivals {
  const count = Math.ceil(leastPerSecond * seconds);
  const calls = Array.from({ length: count }, (_, n) => ({
    position: n % Math.max(1, rows),
    atMs: (n * 1000) / leastPerSecond,
  }));
  return { calls, perSecond: leastPerSecond, multiple: 0 };
}
