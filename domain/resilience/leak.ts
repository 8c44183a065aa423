/** Memory of a process after so much work. */
export interface MemorySample {
  /** Requests answered so far. */
  readonly requests: number;
  readonly mebibytes: number;
}

/**
 * How fast memory grows, in MiB for 1,000 requests: the Theil-Sen slope (Sen 1968), the median of the slopes of all pairs. A
 * garbage collection or a heap that grows once moves few pairs and so not the median; a leak moves them all.
 * The first third is left out, because a process that starts grows whatever it does. Null with fewer than three samples left.
 */
export function leakSlope(samples: readonly MemorySample[]): number | null {
  const settled = samples
    .slice(Math.floor(samples.length / 3))
    .filter(({ requests, mebibytes }) => Number.isFinite(requests) && Number.isFinite(mebibytes));
  if (settled.length < 3) return null;
  const slopes: number[] = [];
  for (const [i, from] of settled.entries()) {
    for (const to of settled.slice(i + 1)) {
      if (to.requests > from.requests)
        slopes.push((to.mebibytes - from.mebibytes) / (to.requests - from.requests));
    }
  }
  if (slopes.length === 0) return null;
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  const upper = slopes[middle] ?? 0;
  const median = slopes.length % 2 === 1 ? upper : ((slopes[middle - 1] ?? 0) + upper) / 2;
  return median * 1000;
}
