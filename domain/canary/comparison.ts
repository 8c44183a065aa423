import { kayentaJudge } from '../judge/index.ts';
import type { Arm, JudgeBin, JudgeConfig, KayentaResult } from '../judge/index.ts';

type Points = Record<Arm, number[]>;

/**
 * What Kayenta's judge makes of the bins that the judge sees: each metric's mean a bin is one point, in both arms. For
 * comparison only (`judge: mannwhitney` in a release file): asked again and again it keeps no promise.
 */
export class Comparison {
  readonly #metrics: readonly string[];
  readonly #quantiles: readonly string[];
  readonly #points = new Map<string, Points>();

  constructor(config: JudgeConfig) {
    this.#metrics = config.metrics.map(({ name }) => name);
    this.#quantiles = Object.keys(config.latency?.quantiles ?? {});
    for (const name of [...this.#metrics, ...this.#quantiles.map((quantile) => `latency.${quantile}`)]) {
      this.#points.set(name, { baseline: [], canary: [] });
    }
  }

  /** Takes one bin, or one segment of it. An arm without rows of a metric gives no point, which is not a zero. */
  observe({ arms }: JudgeBin): void {
    for (const arm of ['baseline', 'canary'] as const) {
      const { metrics, latency } = arms[arm];
      for (const name of this.#metrics) {
        const { count, events, sum } = metrics[name] ?? { count: 0 };
        this.#add(name, arm, events ?? sum ?? 0, count);
      }
      for (const quantile of this.#quantiles) {
        this.#add(`latency.${quantile}`, arm, latency?.above[quantile] ?? 0, latency?.total ?? 0);
      }
    }
  }

  #add(name: string, arm: Arm, total: number, count: number): void {
    if (count > 0) this.#points.get(name)?.[arm].push(total / count);
  }

  /** Kayenta's classification of every metric so far, and its score; an increase is what hurts. */
  result(): KayentaResult {
    return kayentaJudge(
      [...this.#points].map(([name, points]) => ({ name, ...points, direction: 'increase' as const })),
    );
  }
}
