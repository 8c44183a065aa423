import { rowLogLoss } from '../quality/loss.ts';
import { mcnemar } from '../statistics/index.ts';
import type { Pair } from './pair.ts';
import { pairedMean, type PairedInterval } from './paired-interval.ts';

export interface PairedQuality {
  readonly labelled: number;
  /** Log-loss of the candidate minus the champion's, in nats, pair by pair. */
  readonly logLoss: PairedInterval;
  /** Log-loss of the candidate by itself, in nats: the metric that every stage calls so. */
  readonly candidateLogLoss: PairedInterval;
  /** Decisions that only one of the two got right. */
  readonly onlyChampion: number;
  readonly onlyCandidate: number;
  /** McNemar's exact two-sided p-value. Takes pairs as independent. */
  readonly pValue: number;
}

/** Both answers against the truth, where it has come. */
export function pairedQuality(pairs: readonly Pair[], threshold: number, confidence: number): PairedQuality {
  const losses: number[] = [];
  const own: number[] = [];
  const units: string[] = [];
  let onlyChampion = 0;
  let onlyCandidate = 0;
  for (const { champion, candidate, label, unit } of pairs) {
    if (label === null) continue;
    const loss = rowLogLoss(label, candidate);
    own.push(loss);
    losses.push(loss - rowLogLoss(label, champion));
    units.push(unit);
    const right = [champion, candidate].map((score) => score >= threshold === (label === 1));
    if (right[0] === true && right[1] === false) onlyChampion++;
    if (right[0] === false && right[1] === true) onlyCandidate++;
  }
  return {
    labelled: losses.length,
    logLoss: pairedMean(losses, units, confidence),
    candidateLogLoss: pairedMean(own, units, confidence),
    onlyChampion,
    onlyCandidate,
    pValue: mcnemar(onlyChampion, onlyCandidate).pValue,
  };
}
