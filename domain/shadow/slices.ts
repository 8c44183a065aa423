import { isFlip, type Pair } from './pair.ts';
import { pairedMean, pairedShare, type PairedInterval } from './paired-interval.ts';

export interface SliceOptions {
  /** Names of the slice columns, in the order of `Pair.slices`. */
  readonly columns: readonly string[];
  readonly minRows: number;
  readonly threshold: number;
  /** For all slices together. */
  readonly confidence: number;
}

export interface SliceDisagreement {
  readonly column: string;
  readonly value: string;
  /** Intervals that hold for all slices at once (Bonferroni). */
  readonly flips: PairedInterval;
  /** Mean of candidate minus champion. */
  readonly shift: PairedInterval;
}

/**
 * Every slice that is large enough. Looking at many slices finds a bad one by chance, so each interval is widened until all of them
 * hold together with the confidence (Bonferroni; holds whatever the slices share). Smaller slices are counted and not judged.
 */
export function compareSlices(
  pairs: readonly Pair[],
  { columns, minRows, threshold, confidence }: SliceOptions,
): { readonly slices: readonly SliceDisagreement[]; readonly tooSmall: number } {
  const groups = columns.flatMap((column, at) =>
    [...groupBy(pairs, at)].map(([value, members]) => ({ column, value, members })),
  );
  const judged = groups.filter(({ members }) => members.length >= minRows);
  const each = 1 - (1 - confidence) / Math.max(1, judged.length);
  const slices = judged.map(({ column, value, members }) => {
    const units = members.map(({ unit }) => unit);
    return {
      column,
      value,
      flips: pairedShare(
        members.map((pair) => isFlip(pair, threshold)),
        units,
        each,
      ),
      shift: pairedMean(
        members.map(({ champion, candidate }) => candidate - champion),
        units,
        each,
      ),
    };
  });
  return { slices, tooSmall: groups.length - judged.length };
}

function groupBy(pairs: readonly Pair[], at: number): Map<string, Pair[]> {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const value = pair.slices[at] ?? '';
    const members = groups.get(value);
    if (members === undefined) groups.set(value, [pair]);
    else members.push(pair);
  }
  return groups;
}
