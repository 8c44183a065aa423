import type { JudgeBin } from '../../domain/judge/bin.ts';
import type { JudgeConfig } from '../../domain/judge/config.ts';
import type { CanaryJudge } from '../../domain/judge/judge.ts';
import { createRandom } from '../../domain/statistics/random.ts';

export const MINUTE = 60_000;

/** One minute of a rate: rows and events of both arms. */
export function rateBin(
  t: number,
  nb: number,
  xb: number,
  nc: number,
  xc: number,
  more: Partial<JudgeBin> = {},
): JudgeBin {
  return {
    start: t * MINUTE,
    end: (t + 1) * MINUTE,
    arms: {
      baseline: { units: nb, metrics: { errors: { count: nb, events: xb } } },
      canary: { units: nc, metrics: { errors: { count: nc, events: xc } } },
    },
    ...more,
  };
}

/** One minute of a mean: `rows` equal values in each arm, so that only the difference between minutes varies. */
export function meanBin(t: number, baseline: number, canary: number, rows = 50): JudgeBin {
  const arm = (value: number) => ({
    units: rows,
    metrics: { value: { count: rows, sum: rows * value, sumOfSquares: rows * value * value } },
  });
  return { start: t * MINUTE, end: (t + 1) * MINUTE, arms: { baseline: arm(baseline), canary: arm(canary) } };
}

export const errorsConfig: JudgeConfig = {
  metrics: [
    { name: 'errors', kind: 'rate', harmful: 'increase', margin: { relative: 0.5 }, unit: 'of requests' },
  ],
};

export const valueConfig: JudgeConfig = {
  metrics: [{ name: 'value', kind: 'mean', harmful: 'increase', margin: { absolute: 1 }, unit: 'points' }],
};

/** Feeds bins until the judge decides or they end. */
export function feed(judge: CanaryJudge, bins: Iterable<JudgeBin>): CanaryJudge {
  for (const bin of bins) judge.observe(bin);
  return judge;
}

/** A steady stream of error bins: 600 requests a minute, a tenth to the canary, errors of 1 % times `ratio` there. */
export function* stream(minutes: number, ratio: number, seed: number, rate = 0.01): Generator<JudgeBin> {
  const random = createRandom(seed);
  for (let t = 0; t < minutes; t++) {
    const [nb, nc] = [random.poisson(540), random.poisson(60)];
    yield rateBin(
      t,
      nb,
      Math.min(nb, random.poisson(nb * rate)),
      nc,
      Math.min(nc, random.poisson(nc * rate * ratio)),
    );
  }
}
