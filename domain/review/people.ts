import { asCount, asNumber } from '../plan/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import { comparison, type Comparison } from './comparison.ts';

/** What one user said; `slices` are the values of the looked-at inputs of the answer that it is about. */
export interface Said {
  readonly negative: boolean;
  readonly slices: Readonly<Record<string, string>>;
}

/** Fewer answers than these of a slice say nothing of it. */
const LEAST_OF_SLICE = 10;

export function compareFeedback(
  said: readonly Said[],
  { maxNegative: most, minAnswers }: { readonly maxNegative: number; readonly minAnswers: number },
): Comparison {
  const negative = said.filter((one) => one.negative).length;
  const name = 'feedback-bearable';
  const metric = 'negative-feedback-share';
  const parts = { predicted: null, severity: 'warning' } as const;
  if (said.length === 0)
    return comparison(name, metric, {
      ...parts,
      observed: null,
      verdict: 'inconclusive',
      reason: `no user said anything, and ${asCount(minAnswers)} would be needed`,
    });
  const { estimate: value, lower, upper } = wilsonInterval(negative, said.length);
  const observed = { value, lower, upper, unit: '1', samples: said.length };
  const worst = worstSlice(said);
  const where =
    worst === null ? '' : `; worst is ${worst.slice} with ${worst.negative} of ${worst.said} negative`;
  const text = `${asCount(negative)} of ${asCount(said.length)} users were negative (${asNumber(lower * 100)} to ${asNumber(upper * 100)} %), and ${asNumber(most * 100)} % may be${where}`;
  const few = said.length < minAnswers;
  const verdict = few ? 'inconclusive' : lower > most ? 'fail' : upper <= most ? 'pass' : 'inconclusive';
  const more = few ? `: ${asCount(minAnswers - said.length)} more are needed` : '';
  return comparison(name, metric, { ...parts, observed, verdict, reason: `${text}${more}` });
}

export function worstSlice(said: readonly Said[]): { slice: string; said: number; negative: number } | null {
  const counts = new Map<string, { said: number; negative: number }>();
  for (const { negative, slices } of said) {
    for (const [column, value] of Object.entries(slices)) {
      const slice = `${column} ${value}`;
      const before = counts.get(slice) ?? { said: 0, negative: 0 };
      counts.set(slice, { said: before.said + 1, negative: before.negative + Number(negative) });
    }
  }
  const judged = [...counts].filter(([, one]) => one.said >= LEAST_OF_SLICE);
  judged.sort(([, a], [, b]) => b.negative / b.said - a.negative / a.said);
  const [first] = judged;
  return first === undefined ? null : { slice: first[0], ...first[1] };
}

/** Incidents and alerts since the promotion. None was predicted: each is one too many, unless the plan allows for some. */
export function compareCount(
  what: 'incidents' | 'alerts',
  found: readonly string[],
  most: number,
): Comparison {
  const named = found.length === 0 ? '' : `: ${found.slice(0, 5).join('; ')}`;
  return comparison(`${what}-as-predicted`, what, {
    predicted: null,
    observed: { value: found.length, unit: what },
    severity: 'warning',
    verdict: found.length <= most ? 'pass' : 'fail',
    reason: `${asCount(found.length)} ${what} since the promotion, and ${asCount(most)} were allowed for${named}`,
  });
}
