// Proves the arithmetic against a second way of computing it: the mixtures by numerical integration and by direct
// products, the series' sums by whole arrays, the bounds by the evidence at the bound.
import { describe, expect, it } from 'vitest';
import { CanaryJudge, planOf } from '../../domain/judge/index.ts';
import { logMixture, mixtureScale } from '../../domain/judge/mixture.ts';
import {
  boundOf,
  chooseWidth,
  lagCorrelation,
  logHarm,
  logSafety,
  newSeries,
  pushSlice,
  safetyVariance,
  varianceAt,
} from '../../domain/judge/series.ts';
import { addRows, closeRoughness, newRoughness, roughnessOf } from '../../domain/judge/roughness.ts';
import { FAST_GRID, logMean, tilt } from '../../domain/judge/tilt.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import { errorsConfig, feed, stream } from './bins.ts';

describe('the normal mixture', () => {
  it('is the half-normal mixture of exp(l S - l^2 V / 2), by integration', () => {
    for (const [s, v, rho] of [
      [12, 40, 9],
      [-3, 25, 4],
      [0, 10, 10],
    ] as const) {
      let integral = 0;
      const step = 1e-4;
      for (let l = step / 2; l < 12; l += step) {
        integral +=
          Math.exp(l * s - (l * l * v) / 2) *
          2 *
          Math.sqrt(rho / (2 * Math.PI)) *
          Math.exp((-rho * l * l) / 2) *
          step;
      }
      // So many blocks that the small-sample correction is nothing.
      expect(logMixture(s, v, 1e12, rho)).toBeCloseTo(Math.log(integral), 3);
    }
  });

  it('asks for more evidence when few bins measured the variance, and is finite without any variance', () => {
    expect(logMixture(30, 40, 10, 9)).toBeLessThan(logMixture(30, 40, 1000, 9));
    expect(logMixture(30, 0, 10, 1e-9)).toBeLessThan(1000);
    expect(logMixture(0, 0, 10, 0)).toBe(0);
  });

  it('is tightest about where its scale says', () => {
    const critical = (v: number, rho: number): number => {
      let [low, high] = [0, 1000];
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (logMixture(middle, v, 1e12, rho) >= Math.log(20)) high = middle;
        else low = middle;
      }
      return high;
    };
    const tuned = critical(100, mixtureScale(100, 0.05));
    expect(tuned).toBeLessThan(critical(100, mixtureScale(400, 0.05)));
    expect(tuned).toBeLessThan(critical(100, mixtureScale(25, 0.05)));
  });
});

describe('the scale of the mixture', () => {
  it('is the formula of its source, with the level held below a quarter', () => {
    const log = Math.log(10);
    expect(mixtureScale(10, 0.05)).toBeCloseTo(10 / (2 * log + Math.log(1 + 2 * log)), 12);
    expect(mixtureScale(10, 0.4)).toBe(mixtureScale(10, 0.25));
  });

  it('says nothing without a scale or a variance', () => {
    for (const [variance, rho] of [
      [0, 0],
      [3, 0],
      [3, -1],
      [-2, 1],
      [-1, 1],
    ] as const)
      expect(logMixture(5, variance, 10, rho)).toBe(0);
  });
});

describe('the tilted mixture', () => {
  it('is the mean of likelihood ratios, by direct products', () => {
    const bins = [
      [3, 10, 0.1],
      [0, 4, 0.25],
      [5, 5, 0.5],
    ] as const;
    const logs = FAST_GRID.map(() => 0);
    for (const [x, n, theta] of bins) tilt(logs, FAST_GRID, x, n, theta);
    const direct = FAST_GRID.map((g) =>
      bins.reduce((product, [x, n, theta]) => {
        const q = (g * theta) / (g * theta + 1 - theta);
        return product * (q / theta) ** x * ((1 - q) / (1 - theta)) ** (n - x);
      }, 1),
    );
    expect(logMean(logs)).toBeCloseTo(Math.log(direct.reduce((a, b) => a + b, 0) / direct.length), 10);
  });

  it('has mean 1 under the null, at every theta', () => {
    for (const theta of [0.01, 0.1, 0.5, 0.9]) {
      let mean = 0;
      for (let x = 0; x <= 6; x++) {
        const logs = FAST_GRID.map(() => 0);
        tilt(logs, FAST_GRID, x, 6, theta);
        const choose = [1, 6, 15, 20, 15, 6, 1][x]!;
        mean += choose * theta ** x * (1 - theta) ** (6 - x) * Math.exp(logMean(logs));
      }
      expect(mean).toBeCloseTo(1, 10);
    }
  });
});

describe('the series', () => {
  const test = planOf(errorsConfig).tests[0]!;
  const random = createRandom(7);
  const points = Array.from({ length: 128 }, () => [random.normal() + 0.4, 1 + 0.2 * random.next()] as const);
  const widths = Array.from({ length: 7 }, newSeries);
  for (const [a, b] of points) pushSlice(widths, test, 30, a, b, 0.1);

  it.each([0, 1, 2, 3])('keeps the sums of blocks of 2^%i bins', (level) => {
    const size = 2 ** level;
    const m = 0.3;
    const d: number[] = [];
    for (let i = 0; i < points.length; i += size) {
      d.push(points.slice(i, i + size).reduce((sum, [a, b]) => sum + a - m * b, 0));
    }
    const sum = d.reduce((x, y) => x + y, 0);
    const squares = d.reduce((x, y) => x + y * y, 0);
    const s = widths[level]!;
    expect(s.blocks).toBe(d.length);
    expect(s.a - m * s.b).toBeCloseTo(sum, 9);
    expect(varianceAt(s, m)).toBeCloseTo(squares - (sum * sum) / d.length, 9);
    expect(s.floor).toBeCloseTo(12.8, 9);
  });

  it('measures the correlation of neighbours', () => {
    const m = widths[0]!.a / widths[0]!.b;
    const d = points.map(([a, b]) => a - m * b);
    const products = d.slice(1).reduce((sum, x, i) => sum + x * d[i]!, 0);
    expect(lagCorrelation(widths[0]!)).toBeCloseTo(products / d.reduce((sum, x) => sum + x * x, 0), 9);
  });

  it('has its bounds exactly where the evidence suffices', () => {
    const s = widths[0]!;
    const lower = boundOf(s, -1, 0.05)!;
    const upper = boundOf(s, 1, 0.05)!;
    expect(logHarm(s, lower, 0.05)).toBeCloseTo(Math.log(20), 6);
    expect(logSafety(s, upper, 0.05, 1)).toBeCloseTo(Math.log(20), 6);
    expect(lower).toBeLessThan(s.a / s.b);
    expect(upper).toBeGreaterThan(s.a / s.b);
  });

  it('lets a proof use no less than the floor, and adds the correlation that is left', () => {
    const s = widths[0]!;
    const r = Math.max(0, lagCorrelation(s));
    const factor = (1 + r) / (1 - r);
    expect(safetyVariance(s, 0.3, 0)).toBeCloseTo(factor * varianceAt(s, 0.3), 9);
    expect(safetyVariance(s, 0.3, 1000)).toBeCloseTo(factor * 1000 * s.floor, 6);
    const noise = createRandom(4);
    const series = [newSeries()];
    let x = 0;
    for (let i = 0; i < 4000; i++) {
      x = 0.5 * x + noise.normal();
      pushSlice(series, test, 30, x, 1, 0);
    }
    expect(safetyVariance(series[0]!, 0, 0) / varianceAt(series[0]!, 0)).toBeCloseTo(3, 0);
  });

  it('widens the blocks when neighbours correlate, and not when they do not', () => {
    const choose = (correlation: number): number => {
      const noise = createRandom(3);
      const series = Array.from({ length: 7 }, newSeries);
      let x = 0;
      for (let i = 0; i < 4000; i++) {
        x = correlation * x + noise.normal();
        pushSlice(series, test, 30, x, 1, 0);
      }
      return chooseWidth(series, 30);
    };
    expect(choose(0)).toBe(0);
    expect(choose(0.6)).toBeGreaterThanOrEqual(3);
    expect(choose(0.85)).toBeGreaterThan(choose(0.6));
    // So persistent that no width is known to be wide enough: then nothing is claimed.
    expect(choose(0.999)).toBe(-1);
  });
});

describe('the roughness of the baseline', () => {
  const measure = (draw: () => [baseline: number, canary: number]): number => {
    const own = newRoughness();
    for (let i = 0; i < 3000; i++) {
      const [xb, xc] = draw();
      addRows(own, { x: xc, n: 1000, ss: xc, missing: 0 }, { x: xb, n: 1000, ss: xb, missing: 0 });
      closeRoughness(own);
    }
    return roughnessOf(own);
  };
  const random = createRandom(8);
  const burst = (): number => 3 * random.gamma(10 / 3);

  it('is 1 for events that come one by one, and the dispersion for bursts', () => {
    expect(measure(() => [random.poisson(10), random.poisson(10)])).toBeCloseTo(1, 0);
    const bursts = measure(() => [random.poisson(burst()), random.poisson(burst())]);
    expect(bursts).toBeGreaterThan(3.4);
    expect(bursts).toBeLessThan(4.6);
  });

  it('leaves out what both arms share, and slow rhythms', () => {
    const shared = measure(() => {
      const rate = burst();
      return [random.poisson(rate), random.poisson(rate)];
    });
    expect(shared).toBeLessThan(1.5);
    let t = 0;
    const rhythm = measure(() => {
      const rate = 10 * (1 + 0.8 * Math.sin((2 * Math.PI * t++) / 1440));
      return [random.poisson(rate), 10];
    });
    expect(rhythm).toBeLessThan(1.2);
  });
});

describe('the verdict’s numbers', () => {
  it('are the formulas of the bins', () => {
    const bins = [...stream(64, 1.3, 9)];
    const [metric] = feed(new CanaryJudge(errorsConfig), bins).verdict().metrics;
    let [a, b] = [0, 0];
    let [within, floor] = [0, 0];
    const logs = FAST_GRID.map(() => 0);
    for (const { arms } of bins) {
      const { count: nc, events: xc = 0 } = arms.canary.metrics.errors!;
      const { count: nb, events: xb = 0 } = arms.baseline.metrics.errors!;
      const w = (nc * nb) / (nc + nb);
      a += w * (xc / nc - xb / nb);
      b += (w * xb) / nb;
      within += w * w * (((xc / nc) * (1 - xc / nc)) / (nc - 1) + ((xb / nb) * (1 - xb / nb)) / (nb - 1));
      const [p, q] = [xb / nb, (1.5 * xb) / nb];
      floor += w * w * ((q * (1 - q)) / nc + (2.25 * p * (1 - p)) / nb);
      tilt(logs, FAST_GRID, xc, xc + xb, (2 * nc) / (2 * nc + nb));
    }
    expect(metric!.effect).toBeCloseTo(a / b, 12);
    const test = planOf(errorsConfig).tests[0]!;
    const { widths } = feed(new CanaryJudge(errorsConfig), bins).state().tests[0]!;
    expect(metric!.dispersion).toBeCloseTo(varianceAt(widths[0]!, a / b) / within, 9);
    expect(widths[0]!.floor).toBeCloseTo(floor, 9);
    const series = widths[Math.log2(metric!.binWidth!)]!;
    const slow = Math.exp(logHarm(series, 0, 0.9 * test.alpha));
    expect(metric!.eValue).toBeCloseTo(0.1 * Math.exp(logMean(logs)) + 0.9 * slow, 9);
    expect(metric!.failsAt).toBeCloseTo(20, 12);
    expect(metric!.samples.canary).toBe(bins.reduce((sum, bin) => sum + bin.arms.canary.units, 0));
  });
});
