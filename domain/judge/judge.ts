import type { JudgeBin } from './bin.ts';
import { planOf } from './config.ts';
import type { JudgeConfig, Plan } from './config.ts';
import { JudgeError } from './error.ts';
import { absorbBin, historyPoint } from './fold.ts';
import { asTime } from './format.ts';
import { initialState } from './state.ts';
import type { JudgeState } from './state.ts';
import { verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** The harm of one metric over time, with its always-valid bounds: what a picture needs. */
export interface MetricHistory {
  name: string;
  relative: boolean;
  unit: string;
  /** The accepted harm, and the harm whose proof aborts: two horizontal lines. */
  margin: number;
  tolerance: number;
  points: { at: string; effect: number; lower: number | null; upper: number | null }[];
  /** When this metric's guard was lost, or null. */
  lostAt: string | null;
}

/**
 * The canary judge: a memory over the pure fold `foldBin`. Feed it every closed bin of the release in order, over all
 * steps of the canary's weight, and ask for the verdict as often as you like: looking costs nothing, and one process
 * over the whole release is what keeps its promise. A new judge for each step would spend the error budget again.
 */
export class CanaryJudge {
  readonly #plan: Plan;
  #state: JudgeState;

  /** Throws `JudgeError` `BAD_CONFIG`. */
  constructor(config: JudgeConfig) {
    this.#plan = planOf(config);
    this.#state = initialState(this.#plan);
  }

  /** Goes on where `state()` left off: after a crash, a replay or continue-as-new. Throws `BAD_STATE`. */
  static fromState(config: JudgeConfig, state: JudgeState): CanaryJudge {
    const judge = new CanaryJudge(config);
    const names = (tests: readonly { name: string }[]): string => tests.map((test) => test.name).join(', ');
    if (state.version !== 1)
      throw new JudgeError('BAD_STATE', 'state.version', `${String(state.version)}; this judge writes 1.`);
    if (names(state.tests) !== names(judge.#plan.tests)) {
      throw new JudgeError(
        'BAD_STATE',
        'state.tests',
        `judges ${names(state.tests)}, the configuration ${names(judge.#plan.tests)}.`,
      );
    }
    judge.#state = JSON.parse(JSON.stringify(state)) as JudgeState;
    return judge;
  }

  /** Takes one closed bin. Throws `JudgeError` and changes nothing when the bin cannot be taken. */
  observe(bin: JudgeBin): void {
    absorbBin(this.#plan, this.#state, bin);
  }

  verdict(): Verdict {
    return verdictOf(this.#plan, this.#state);
  }

  /** The whole memory as plain JSON, a copy. */
  state(): JudgeState {
    return JSON.parse(JSON.stringify(this.#state)) as JudgeState;
  }

  /** Data for the picture of each metric: thinned points, and the present one last. */
  history(): MetricHistory[] {
    return this.#plan.tests.map((test, i) => {
      const own = this.#state.tests[i]!;
      const points = [...own.history];
      const last = historyPoint(this.#plan, this.#state, i, this.#state.lastEnd ?? 0);
      if (last !== undefined && points.at(-1)?.[0] !== last[0]) points.push(last);
      return {
        name: test.name,
        relative: test.relative,
        unit: test.unit,
        margin: test.margin,
        tolerance: test.tolerance,
        points: points.map(([at, effect, lower, upper]) => ({ at: asTime(at), effect, lower, upper })),
        lostAt: own.lost === null ? null : asTime(own.lost.at),
      };
    });
  }
}
