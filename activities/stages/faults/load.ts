import { Agent } from 'node:http';
import type { Call } from '../../../domain/resilience/index.ts';
import type { FeatureRow } from '../model-client.ts';
import type { Caller, Outcome } from './caller.ts';

/** Largest difference between the same row's scores in two answers: batches of other sizes round otherwise. */
const SAME_SCORE = 1e-4;

export interface Target {
  readonly caller: Caller;
  readonly url: string;
  readonly rows: readonly FeatureRow[];
  /** The model's own scores of the rows, asked before any fault. */
  readonly scores: readonly number[];
  readonly signal: AbortSignal;
}

export interface LoadSpec {
  /** Makes the keys of these calls unlike those of any other load. */
  readonly name: string;
  readonly calls: number;
  readonly concurrency: number;
  /** The row as it comes from its sources; unless given, as it is. */
  readonly rowOf?: (row: FeatureRow, call: number) => FeatureRow;
  /** Whether the model must answer the call with this key; every one unless given. */
  readonly mustAnswer?: (key: string) => boolean;
  readonly onShare?: (share: number) => void;
  readonly onOutcome?: (outcome: Outcome, key: string) => void;
}

/** Makes the calls, so many at a time, each caller with a kept-open connection. */
export async function makeCalls(target: Target, spec: LoadSpec): Promise<Call[]> {
  const { caller, url, rows, scores, signal } = target;
  const { name, calls, concurrency, rowOf, mustAnswer = () => true, onShare, onOutcome } = spec;
  const agent = new Agent({ keepAlive: true });
  const made: Call[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < calls) {
      signal.throwIfAborted();
      const n = next++;
      const key = `${name}-${n}`;
      const row = rows[n % rows.length] ?? {};
      const outcome = await caller.ask(url, agent, key, rowOf === undefined ? row : rowOf(row, n));
      const expected = rowOf === undefined ? scores[n % rows.length] : undefined;
      made.push({
        by: outcome.by,
        milliseconds: outcome.milliseconds,
        mustAnswer: mustAnswer(key),
        wrong: outcome.by === 'model' && expected !== undefined && !isSame(outcome.score, expected),
        ...(outcome.why === undefined ? {} : { why: outcome.why }),
      });
      onOutcome?.(outcome, key);
      onShare?.(made.length / calls);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, calls) }, one));
  } finally {
    agent.destroy();
  }
  return made;
}

function isSame(score: number | null, expected: number): boolean {
  return score !== null && Math.abs(score - expected) <= SAME_SCORE;
}

/** The model has come back when so many calls in a row are answered by it. */
const STREAK = 3;

/**
 * Seconds from now until the model answers the first of three calls in a row; null when it had not within `limitSeconds`.
 */
export async function recovery(target: Target, name: string, limitSeconds: number): Promise<number | null> {
  const { caller, url, rows, signal } = target;
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  // In whole milliseconds: what is shorter is noise.
  const seconds = (): number => Math.round(performance.now() - began) / 1000;
  try {
    for (let n = 0, streak = 0, since = 0; seconds() <= limitSeconds; n++) {
      signal.throwIfAborted();
      const asked = seconds();
      const { by } = await caller.ask(url, agent, `${name}-after-${n}`, rows[n % rows.length] ?? {});
      if (by !== 'model') {
        streak = 0;
        await pause(20, signal);
        continue;
      }
      since = streak === 0 ? asked : since;
      if (++streak === STREAK) return since;
    }
    return null;
  } finally {
    agent.destroy();
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}
