import type { Random } from '../../domain/statistics/random.ts';
import type { JudgeBin } from '../../domain/judge/bin.ts';

/** Numbers of one minute: units, events, and what the metric sees. Reused from minute to minute. */
export interface Minute {
  baseline: { n: number; x: number; ss: number };
  canary: { n: number; x: number; ss: number };
}

/** Produces the next minute of a release, in place. `t` counts minutes from 0. */
export type World = (t: number, minute: Minute) => void;

export interface WorldOptions {
  random: Random;
  /** The canary's rate (or mean) over the baseline's. */
  ratio: number;
  /** Requests a minute, the canary's share, the baseline's error rate. */
  traffic?: number;
  share?: number;
  rate?: number;
}

export const WORLDS = [
  'iid',
  'daily',
  'ramp',
  'bursts2',
  'bursts4',
  'autocorrelated',
  'missing',
  'heavy',
  'late',
] as const;
export type WorldName = (typeof WORLDS)[number];

/**
 * A maker of releases in a world by its name: `iid` has steady traffic, the others each break one assumption. Each call
 * of what it returns begins another release.
 */
export function worldOf(name: WorldName | 'sticky', options: WorldOptions): () => World {
  const { random, ratio, traffic = 600, share = 0.1, rate = 0.01 } = options;
  const draw = (minute: Minute, n: number, s: number, p: number): void => {
    const { canary, baseline } = minute;
    canary.n = random.poisson(n * s);
    baseline.n = random.poisson(n * (1 - s));
    canary.x = Math.min(canary.n, random.poisson(canary.n * p * ratio));
    baseline.x = Math.min(baseline.n, random.poisson(baseline.n * p));
  };
  switch (name) {
    case 'iid':
      return () => (_t, minute) => draw(minute, traffic, share, rate);
    case 'daily':
      // Busy noon, errors peak four hours later.
      return () => (t, minute) => {
        const day = (2 * Math.PI * t) / 1440;
        draw(minute, traffic * (1 + 0.7 * Math.sin(day)), share, rate * (1 + 0.8 * Math.sin(day - 1)));
      };
    case 'ramp':
      // 1, 5, 25 % of the traffic while the base rate climbs from half to twice its usual.
      return () => (t, minute) =>
        draw(
          minute,
          traffic,
          [0.01, 0.05, 0.25][Math.min(2, Math.floor(t / 480))]!,
          rate * (0.5 + (1.5 * t) / 1440),
        );
    case 'bursts2':
      return () => bursts(2);
    case 'bursts4':
      return () => bursts(4);
    case 'autocorrelated':
      return () => persistent(0.3);
    case 'sticky':
      return () => persistent(0.6);
    case 'missing':
      // A fifth of the minutes is lost in each arm, alone.
      return () => (_t, minute) => {
        draw(minute, traffic, share, rate);
        if (random.next() < 0.2) minute.canary.n = minute.canary.x = 0;
        if (random.next() < 0.2) minute.baseline.n = minute.baseline.x = 0;
      };
    case 'heavy':
      return heavyTails();
    case 'late':
      return () => lateRows();
  }

  /** Events that come in clumps, each arm its own: the count's variance is `dispersion` times its mean. */
  function bursts(dispersion: number): World {
    const clumped = (mean: number): number => {
      if (mean === 0) return 0;
      return random.poisson(random.gamma(mean / (dispersion - 1)) * (dispersion - 1));
    };
    return (_t, { canary, baseline }) => {
      canary.n = random.poisson(traffic * share);
      baseline.n = random.poisson(traffic * (1 - share));
      canary.x = Math.min(canary.n, clumped(canary.n * rate * ratio));
      baseline.x = Math.min(baseline.n, clumped(baseline.n * rate));
    };
  }

  /** Counts that persist (a user who fails comes back): Poisson in each minute, correlated from minute to minute. */
  function persistent(correlation: number): World {
    let [canaryX, baselineX] = [-1, -1];
    const step = (x: number, mean: number): number => {
      if (x < 0) return random.poisson(mean);
      let kept = 0;
      for (let i = 0; i < x; i++) if (random.next() < correlation) kept++;
      return kept + random.poisson(mean * (1 - correlation));
    };
    return (_t, { canary, baseline }) => {
      canary.n = Math.round(traffic * share);
      baseline.n = Math.round(traffic * (1 - share));
      canaryX = step(canaryX, canary.n * rate * ratio);
      baselineX = step(baselineX, baseline.n * rate);
      canary.x = Math.min(canary.n, canaryX);
      baseline.x = Math.min(baseline.n, baselineX);
    };
  }

  /** An amount a unit with log-normal tails (sigma 1.5, kurtosis in the thousands), drawn from a bank of minutes. */
  function heavyTails(): () => World {
    const sizes = [Math.round(traffic * share), Math.round(traffic * (1 - share))];
    const banks = sizes.map((n) => {
      const sums = new Float64Array(4000);
      const squares = new Float64Array(4000);
      for (let i = 0; i < sums.length; i++) {
        for (let j = 0; j < n; j++) {
          const value = Math.exp(1.5 * random.normal());
          sums[i]! += value;
          squares[i]! += value * value;
        }
      }
      return { sums, squares };
    });
    return () =>
      (_t, { canary, baseline }) => {
        const [i, j] = [random.integer(4000), random.integer(4000)];
        canary.n = sizes[0]!;
        baseline.n = sizes[1]!;
        canary.x = banks[0]!.sums[i]! * ratio;
        canary.ss = banks[0]!.squares[i]! * ratio * ratio;
        baseline.x = banks[1]!.sums[j]!;
        baseline.ss = banks[1]!.squares[j]!;
      };
  }

  /** Four rows in ten are known a minute late and count then. */
  function lateRows(): World {
    const held = { canary: { n: 0, x: 0 }, baseline: { n: 0, x: 0 } };
    return (_t, minute) => {
      draw(minute, traffic, share, rate);
      for (const arm of ['canary', 'baseline'] as const) {
        const [now, before] = [minute[arm], held[arm]];
        const lateN = Math.round(0.4 * now.n);
        let lateX = 0;
        for (let i = 0; i < now.x; i++) if (random.next() < 0.4) lateX++;
        lateX = Math.min(lateX, lateN);
        const [n, x] = [now.n - lateN + before.n, now.x - lateX + before.x];
        before.n = lateN;
        before.x = lateX;
        now.n = n;
        now.x = Math.min(n, x);
      }
    };
  }
}

export function newMinute(): Minute {
  return { baseline: { n: 0, x: 0, ss: 0 }, canary: { n: 0, x: 0, ss: 0 } };
}

/** A bin that is rewritten for each minute, so that a simulation allocates little. `metric` is a rate or an amount. */
export function reusableBin(
  metric: string,
  kind: 'rate' | 'amount',
): { bin: JudgeBin; write: (t: number, minute: Minute) => void } {
  const side = (): {
    units: number;
    metrics: Record<string, { count: number; events: number; sum: number; sumOfSquares: number }>;
  } => ({
    units: 0,
    metrics: { [metric]: { count: 0, events: 0, sum: 0, sumOfSquares: 0 } },
  });
  const arms = { baseline: side(), canary: side() };
  const bin = { start: 0, end: 60_000, arms };
  const write = (t: number, minute: Minute): void => {
    bin.start = t * 60_000;
    bin.end = bin.start + 60_000;
    for (const arm of ['baseline', 'canary'] as const) {
      const from = minute[arm];
      const sums = arms[arm].metrics[metric]!;
      arms[arm].units = from.n;
      sums.count = from.n;
      if (kind === 'rate') sums.events = from.x;
      else [sums.sum, sums.sumOfSquares] = [from.x, from.ss];
    }
  };
  return { bin, write };
}
