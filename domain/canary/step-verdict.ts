import type { Verdict } from '../../contracts/report.ts';
import type { Verdict as Judgement } from '../judge/index.ts';

export interface StepVerdict {
  /** null: go on watching. */
  readonly verdict: Exclude<Verdict, 'error'> | null;
  readonly reason: string;
}

/**
 * Proven harm loses at once, a broken comparison asks people at once. A step is passed with its own exposure; the last
 * one only with proof of safety. What is still open when time runs out is for people.
 */
export function stepVerdict(
  judgement: Judgement,
  step: {
    readonly samples: Readonly<Record<'baseline' | 'canary', number>>;
    readonly needed: number;
    readonly last: boolean;
    readonly timeIsUp: boolean;
  },
): StepVerdict {
  if (judgement.verdict === 'fail') return { verdict: 'fail', reason: judgement.reason };
  if (judgement.verdict === 'invalid') return { verdict: 'inconclusive', reason: judgement.reason };

  const { samples, needed, last, timeIsUp } = step;
  const seen = Math.min(samples.baseline, samples.canary);
  const enough = seen >= needed;
  if (enough && (!last || judgement.verdict === 'pass')) {
    return {
      verdict: 'pass',
      reason: last
        ? judgement.reason
        : `no harm is proven with ${samples.canary} labelled canary and ${samples.baseline} baseline predictions`,
    };
  }
  const open = enough ? judgement.reason : `${seen} of ${needed} labelled predictions in the smaller arm`;
  return timeIsUp
    ? { verdict: 'inconclusive', reason: `time is up: ${open}` }
    : { verdict: null, reason: open };
}
