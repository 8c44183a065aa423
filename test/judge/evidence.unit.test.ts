// Proves which evidence counts: the bounds stand on their own sides of the estimate and agree with what they decide, a mean
// has the whole budget for its slow path and a rate nine tenths, a proof waits for its burn-in, and the fast path is off
// exactly while the measured dispersion is above its limit.
import { describe, expect, it } from 'vitest';
import { planOf } from '../../domain/judge/index.ts';
import type { JudgeConfig, JudgeState } from '../../domain/judge/index.ts';
import {
  dispersionOf,
  fastPathOn,
  guardEvidence,
  lowerBound,
  provenSafe,
  slowLevel,
  upperBound,
  withinMargin,
} from '../../domain/judge/evidence.ts';
import { absorbBin } from '../../domain/judge/fold.ts';
import { logHarm } from '../../domain/judge/series.ts';
import { initialState } from '../../domain/judge/state.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import { errorsConfig, meanBin, rateBin, stream, valueConfig } from './bins.ts';

const BURN_IN = 30;

function folded(config: JudgeConfig, bins: Iterable<Parameters<typeof absorbBin>[2]>) {
  const plan = planOf(config);
  const state: JudgeState = initialState(plan);
  for (const bin of bins) absorbBin(plan, state, bin);
  return { test: plan.tests[0]!, state: state.tests[0]! };
}

function* means(count: number, harm: number, seed: number) {
  const random = createRandom(seed);
  for (let t = 0; t < count; t++) yield meanBin(t, 10 + random.normal(), 10 + harm + random.normal());
}

describe('the bounds', () => {
  it('hold the estimate between them', () => {
    for (const { test, state } of [
      folded(errorsConfig, stream(200, 1.2, 4)),
      folded(valueConfig, means(200, 0.2, 4)),
    ]) {
      const effect = state.widths[0]!.a / state.widths[0]!.b;
      expect(lowerBound(test, state, BURN_IN)).toBeLessThan(effect);
      expect(upperBound(test, state, BURN_IN)).toBeGreaterThan(effect);
    }
  });

  it('decide what the evidence decides', () => {
    const harm = folded(valueConfig, means(200, 2, 4));
    expect(lowerBound(harm.test, harm.state, BURN_IN)).toBeGreaterThan(0);
    expect(guardEvidence(harm.test, harm.state, BURN_IN)).toMatchObject({ path: 'slow' });
    expect(provenSafe(harm.test, harm.state, BURN_IN)).toBe(false);
    const safe = folded(valueConfig, means(400, 0, 4));
    expect(upperBound(safe.test, safe.state, BURN_IN)).toBeLessThan(1);
    expect(provenSafe(safe.test, safe.state, BURN_IN)).toBe(true);
    expect(withinMargin(safe.test, safe.state, BURN_IN)).toBe(true);
  });

  it('are not there during the burn-in, and a proof not either', () => {
    for (const [count, there] of [
      [BURN_IN - 1, false],
      [BURN_IN, true],
    ] as const) {
      const { test, state } = folded({ ...valueConfig, burnIn: BURN_IN }, means(count, -8, 11));
      expect(lowerBound(test, state, BURN_IN) !== null).toBe(there);
      expect(upperBound(test, state, BURN_IN) !== null).toBe(there);
      expect(provenSafe(test, state, BURN_IN)).toBe(there);
      expect(withinMargin(test, state, BURN_IN)).toBe(there);
    }
  });

  it('of a proof need a full burn-in of wide blocks, where those of the guard need half', () => {
    const random = createRandom(6);
    const plan = planOf(valueConfig);
    const state = initialState(plan);
    let wave = 0;
    let guardAlone = 0;
    for (let t = 0; t < 1500; t++) {
      wave = 0.8 * wave + random.normal();
      absorbBin(plan, state, meanBin(t, 10, 10 + wave));
      const [test, own] = [plan.tests[0]!, state.tests[0]!];
      const [lower, upper] = [lowerBound(test, own, BURN_IN), upperBound(test, own, BURN_IN)];
      if (upper !== null) expect(lower).not.toBeNull();
      if (t > 100 && lower !== null && upper === null) guardAlone++;
    }
    expect(guardAlone).toBeGreaterThan(0);
    expect(upperBound(plan.tests[0]!, state.tests[0]!, BURN_IN)).not.toBeNull();
  });

  it('are not there where the baseline has no events to be relative to', () => {
    const bins = Array.from({ length: 60 }, (_, t) => rateBin(t, 500, 0, 500, t % 2));
    const { test, state } = folded(errorsConfig, bins);
    expect(upperBound(test, state, BURN_IN)).toBeNull();
    expect(provenSafe(test, state, BURN_IN)).toBe(false);
    expect(withinMargin(test, state, BURN_IN)).toBe(false);
  });
});

describe('the budget of a test', () => {
  it('is the slow path’s for a mean, and nine tenths of it for a rate', () => {
    const mean = folded(valueConfig, means(100, 0.4, 2));
    expect(slowLevel(mean.test)).toBe(mean.test.alpha);
    expect(guardEvidence(mean.test, mean.state, BURN_IN).logE).toBeCloseTo(
      logHarm(mean.state.widths[0]!, 0, mean.test.alpha),
      12,
    );
    const rate = folded(errorsConfig, []);
    expect(slowLevel(rate.test)).toBeCloseTo(0.9 * rate.test.alpha, 15);
    expect(guardEvidence(rate.test, rate.state, BURN_IN)).toEqual({
      logE: expect.closeTo(0, 12),
      path: 'slow',
    });
  });
});

describe('the dispersion', () => {
  it('is not known before twenty bins, nor without variance to compare with', () => {
    const bins = [...stream(20, 1, 3)];
    expect(dispersionOf(folded(errorsConfig, bins.slice(0, 19)).state)).toBeNull();
    expect(dispersionOf(folded(errorsConfig, bins).state)).toBeGreaterThan(0);
    const silent = Array.from({ length: 30 }, (_, t) => rateBin(t, 100, 0, 100, 0));
    expect(dispersionOf(folded(errorsConfig, silent).state)).toBeNull();
  });

  it('turns the fast path off above four, and not at four', () => {
    const { state } = folded(errorsConfig, stream(40, 1, 3));
    expect(fastPathOn(state)).toBe(true);
    const measured = dispersionOf(state)!;
    const at = (limit: number) => ({ ...state, within: (state.within * measured) / limit });
    expect(fastPathOn(at(3.99))).toBe(true);
    expect(fastPathOn(at(4.01))).toBe(false);
    expect(fastPathOn({ ...at(4.01), bins: 0 })).toBe(false);
    expect(fastPathOn(folded(valueConfig, means(40, 0, 3)).state)).toBe(false);
  });
});
