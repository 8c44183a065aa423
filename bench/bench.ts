import { cpus, totalmem } from 'node:os';

/** What `bench/NAME/bench.ts` and `bench/GROUP/NAME/bench.ts` export as `run`. */
export type Bench = (options: {
  readonly quick: boolean;
  /** One seed in place of the bench's own. */
  readonly seed?: number;
}) => Promise<BenchResult>;

export interface BenchResult {
  readonly machine: object;
  /** Whatever the numbers depend on: Node, servers, rivals. */
  readonly versions: Readonly<Record<string, string>>;
  /** Everything measured, as JSON; the targets can be computed again from it. */
  readonly raw: unknown;
  readonly targets: readonly Target[];
}

export interface Target {
  readonly name: string;
  readonly value: number;
  /** In words: `at most 1.5 times`. */
  readonly target: string;
  readonly holds: boolean;
}

export function machine(): { cpu: string; cores: number; memoryGiB: number } {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** Throws on an empty list: nothing was measured. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('the median of no values');
  return (low + high) / 2;
}
