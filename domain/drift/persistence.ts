import { requireInRange } from '../statistics/error.ts';

/**
 * Speaks up when at least `k` of the last `n` answers were yes: a single odd window is no alarm. Keeps n answers.
 * `observe(undefined)` is an answer that could not be given; it counts neither way and leaves the memory as it was.
 */
export class Persistence {
  readonly #k: number;
  readonly #n: number;
  #answers: boolean[];

  /** @throws StatisticsError `OUT_OF_RANGE` unless 1 <= k <= n */
  constructor(k: number, n: number, answers: readonly boolean[] = []) {
    requireInRange(n, 'n', 1, 100_000);
    requireInRange(k, 'k', 1, n);
    this.#k = k;
    this.#n = n;
    this.#answers = answers.slice(-n);
  }

  /** Takes one answer; true when at least k of the last n are yes. */
  observe(answer: boolean | undefined): boolean {
    if (answer !== undefined) {
      this.#answers.push(answer);
      if (this.#answers.length > this.#n) this.#answers.shift();
    }
    return this.holds;
  }

  get holds(): boolean {
    return this.#answers.filter(Boolean).length >= this.#k;
  }

  /** The remembered answers, oldest first: pass them to a new one to go on. */
  get answers(): readonly boolean[] {
    return [...this.#answers];
  }
}
