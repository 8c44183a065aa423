import type { FeatureRow } from './model-client.ts';
import { ModelRefused, type ModelClient } from './model-client.ts';
import { isProbability } from './repeatability.ts';

export interface ScoredRows {
  /** One a row; the fallback's where the model gave none. */
  readonly scores: Float64Array;
  readonly unanswered: number;
  /** Why the first of them was not answered. */
  readonly whyNot: string;
}

const CONCURRENT_REQUESTS = 2;

/**
 * Scores of many rows, some at a time. Rows that the model does not answer get the declared fallback score, as in production,
 * and are counted. Throws `ServingUnavailable`.
 */
export async function scoreRows(
  client: ModelClient,
  rows: readonly FeatureRow[],
  { batchRows, fallback }: { readonly batchRows: number; readonly fallback: number },
  onShare: (share: number) => void = () => undefined,
): Promise<ScoredRows> {
  const scores = new Float64Array(rows.length).fill(fallback);
  let unanswered = 0;
  let whyNot = '';
  let next = 0;
  const ask = async (): Promise<void> => {
    while (next < rows.length) {
      const from = next;
      const batch = rows.slice(from, from + batchRows);
      next += batch.length;
      const answer = await answerOf(client, batch);
      if (typeof answer === 'string') {
        unanswered += batch.length;
        whyNot ||= answer;
      } else scores.set(answer, from);
      onShare(Math.min(1, next / rows.length));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, ask));
  return { scores, unanswered, whyNot };
}

/** One score a row, or why there are none. Throws `ServingUnavailable`. */
export async function answerOf(
  client: ModelClient,
  batch: readonly FeatureRow[],
): Promise<Float64Array | string> {
  try {
    const scores = await client.scores(batch);
    return scores.every(isProbability) ? scores : 'a score is no probability';
  } catch (error) {
    if (error instanceof ModelRefused) return error.message;
    throw error;
  }
}
