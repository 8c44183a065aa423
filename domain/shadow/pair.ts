/** One production request and the two answers to it: the champion's, which its caller had, and the candidate's. */
export interface Pair {
  /** Chance of the positive class, 0 to 1. */
  readonly champion: number;
  readonly candidate: number;
  /** Who asked, as a digest: requests of one caller are not independent. */
  readonly unit: string;
  /** Values of the slice columns, in the order of the columns. */
  readonly slices: readonly string[];
  /** The truth, or null where it has not come. */
  readonly label: 0 | 1 | null;
}

/** Whether the two answers lead to different decisions. */
export function isFlip({ champion, candidate }: Pair, threshold: number): boolean {
  return champion >= threshold !== candidate >= threshold;
}
