import { eceInterval, type Interval } from '../../domain/quality/index.ts';
import { createRandom } from '../../domain/statistics/random.ts';

export interface CalibrationInput {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly seed: number;
}

const RESAMPLES = 200;

/** What a thread computes: 50,000 rows take more than a second of it, in which no heartbeat could be sent. */
export function calibrationInterval({ labels, scores, seed }: CalibrationInput): Interval {
  return eceInterval(labels, scores, { random: createRandom(seed), resamples: RESAMPLES });
}
