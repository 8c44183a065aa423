// Proves what must not change a verdict: which arm is called which (mirrored), the unit of a metric, how a bin is cut,
// the order of rows inside it, and any crash, replay or continue-as-new on the way.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanaryJudge, collectArm, foldBin, initialState, planOf } from '../../domain/judge/index.ts';
import type { JudgeBin, JudgeConfig, JudgeRow, MetricSums } from '../../domain/judge/index.ts';
import { errorsConfig, MINUTE } from './bins.ts';

const valueOf = (unit = ''): JudgeConfig => ({
  metrics: [
    { name: 'value', kind: 'mean', harmful: 'increase', margin: { absolute: 2 }, tolerance: 0.25, unit },
  ],
});

/** Means of small whole numbers: sums are exact, so equality may be asked to the last bit. */
const meanArm = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 6 }).map((values) => ({
  units: values.length,
  metrics: {
    value: {
      count: values.length,
      sum: values.reduce((a, b) => a + b, 0),
      sumOfSquares: values.reduce((a, b) => a + b * b, 0),
    },
  },
}));
const meanBins = fc.array(fc.tuple(meanArm, meanArm), { minLength: 1, maxLength: 60 }).map((pairs) =>
  pairs.map(([baseline, canary], t): JudgeBin => ({
    start: t * MINUTE,
    end: (t + 1) * MINUTE,
    arms: { baseline, canary },
  })),
);

const rateArm = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.nat()).map(([count, raw]) => ({
  units: count,
  metrics: { errors: { count, events: count === 0 ? 0 : raw % (Math.min(count, 4) + 1) } },
}));
const rateBins = fc.array(fc.tuple(rateArm, rateArm), { minLength: 1, maxLength: 60 }).map((pairs) =>
  pairs.map(([baseline, canary], t): JudgeBin => ({
    start: t * MINUTE,
    end: (t + 1) * MINUTE,
    arms: { baseline, canary },
    intended: { baseline: 1, canary: 1 },
  })),
);

const judged = (config: JudgeConfig, bins: readonly JudgeBin[]): CanaryJudge => {
  const judge = new CanaryJudge(config);
  for (const bin of bins) judge.observe(bin);
  return judge;
};
const scaled = (bins: readonly JudgeBin[], factor: number): JudgeBin[] => {
  const scale = (arm: JudgeBin['arms']['canary']) => {
    const { count, sum = 0, sumOfSquares = 0 } = arm.metrics.value as MetricSums;
    return {
      ...arm,
      metrics: { value: { count, sum: sum * factor, sumOfSquares: sumOfSquares * factor * factor } },
    };
  };
  return bins.map((bin) => ({
    ...bin,
    arms: { baseline: scale(bin.arms.baseline), canary: scale(bin.arms.canary) },
  }));
};

describe('crash and replay', () => {
  it('at every bin gives the same bytes and the same verdict', () => {
    fc.assert(
      fc.property(rateBins, (bins) => {
        const steady = judged(errorsConfig, bins);
        let crashing = new CanaryJudge(errorsConfig);
        for (const bin of bins) {
          crashing = CanaryJudge.fromState(errorsConfig, JSON.parse(JSON.stringify(crashing.state())));
          crashing.observe(bin);
        }
        expect(JSON.stringify(crashing.state())).toBe(JSON.stringify(steady.state()));
        expect(JSON.stringify(crashing.verdict())).toBe(JSON.stringify(steady.verdict()));
        expect(JSON.stringify(crashing.history())).toBe(JSON.stringify(steady.history()));
      }),
      { numRuns: 60 },
    );
  });

  it('is a fold: the class, the pure function and a second run agree, and the pure function changes nothing', () => {
    fc.assert(
      fc.property(meanBins, (bins) => {
        const plan = planOf(valueOf());
        let state = initialState(plan);
        for (const bin of bins) {
          const before = JSON.stringify(state);
          const next = foldBin(plan, state, bin);
          expect(JSON.stringify(state)).toBe(before);
          state = next;
        }
        expect(JSON.stringify(judged(valueOf(), bins).state())).toBe(JSON.stringify(state));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps its state plain JSON: nothing is lost on the way', () => {
    fc.assert(
      fc.property(rateBins, (bins) => {
        const state = judged(errorsConfig, bins).state();
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        expect(JSON.stringify(state)).not.toMatch(/null,null\]?,?"?NaN|Infinity/);
      }),
      { numRuns: 30 },
    );
  });
});

describe('metamorphic', () => {
  it('swapping the arms mirrors effect and dispersion to the last bit, and never fails both ways', () => {
    fc.assert(
      fc.property(meanBins, (bins) => {
        const swapped = bins.map((bin) => ({
          ...bin,
          arms: { baseline: bin.arms.canary, canary: bin.arms.baseline },
        }));
        const [one, two] = [judged(valueOf(), bins).verdict(), judged(valueOf(), swapped).verdict()];
        expect(two.metrics[0]!.effect! + one.metrics[0]!.effect!).toBe(0);
        expect(two.metrics[0]!.dispersion).toBe(one.metrics[0]!.dispersion);
        expect(one.verdict === 'fail' && two.verdict === 'fail').toBe(false);
        expect(one.verdict === 'pass' && two.verdict === 'fail' && one.metrics[0]!.effect! > 0).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('another unit changes nothing but the numbers in it', () => {
    fc.assert(
      fc.property(meanBins, fc.constantFrom(2 ** -17, 2 ** -3, 2 ** 10), (bins, factor) => {
        const metric = valueOf().metrics[0]!;
        const rescaled: JudgeConfig = {
          metrics: [{ ...metric, margin: { absolute: 2 * factor }, tolerance: 0.25 * factor }],
        };
        const [one, two] = [
          judged(valueOf(), bins).verdict(),
          judged(rescaled, scaled(bins, factor)).verdict(),
        ];
        expect(two.verdict).toBe(one.verdict);
        expect(two.metrics[0]!.eValue).toBe(one.metrics[0]!.eValue);
        expect(two.metrics[0]!.effect).toBe(one.metrics[0]!.effect! * factor);
        expect(two.metrics[0]!.state).toBe(one.metrics[0]!.state);
      }),
      { numRuns: 100 },
    );
  });

  it('a harm turned round is the same harm', () => {
    fc.assert(
      fc.property(meanBins, (bins) => {
        const falling: JudgeConfig = { metrics: [{ ...valueOf().metrics[0]!, harmful: 'decrease' }] };
        const mirrored = bins.map((bin) => {
          const flip = (arm: JudgeBin['arms']['canary']) => {
            const value = arm.metrics.value!;
            return { ...arm, metrics: { value: { ...value, sum: 0 - value.sum! } } };
          };
          return { ...bin, arms: { baseline: flip(bin.arms.baseline), canary: flip(bin.arms.canary) } };
        });
        const [one, two] = [
          judged(valueOf(), bins).verdict().metrics[0]!,
          judged(falling, mirrored).verdict().metrics[0]!,
        ];
        expect({ ...two, values: one.values }).toEqual(one);
      }),
      { numRuns: 60 },
    );
  });

  it('rows may come in any order inside a bin', () => {
    const row = fc.record({
      values: fc.record({ value: fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true })) }),
      latencyMs: fc.double({ min: 0, max: 100, noNaN: true }),
      covariates: fc.record({ origin: fc.constantFrom('JFK', 'EWR') }),
    });
    const config: JudgeConfig = { ...valueOf(), latency: { quantiles: { p50: { thresholdMs: 50 } } } };
    const shuffles = fc
      .array(row, { minLength: 1, maxLength: 30 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    fc.assert(
      fc.property(shuffles, ([rows, shuffled]: [JudgeRow[], JudgeRow[]]) => {
        const sorted = (arm: unknown): string => JSON.stringify(arm, Object.keys(flatten(arm)).sort());
        expect(sorted(collectArm(shuffled, config))).toBe(sorted(collectArm(rows, config)));
      }),
      { numRuns: 100 },
    );
  });

  it('a bin cut into two segments of the same rate gives the same sums, and the same verdict', () => {
    fc.assert(
      fc.property(rateBins, (bins) => {
        const doubled = bins.map((bin) => times(bin, 2));
        const cut = bins.flatMap((bin) => [
          { ...bin, segment: 'left' },
          { ...bin, segment: 'right' },
        ]);
        const one = judged(errorsConfig, doubled);
        const two = judged(errorsConfig, cut);
        // The last slice of a segmented stream waits for more segments; close it with an empty one.
        const end = bins.length * MINUTE;
        const empty = { units: 0, metrics: {} };
        const closing: JudgeBin = { start: end, end: end + MINUTE, arms: { baseline: empty, canary: empty } };
        one.observe(closing);
        two.observe(closing);
        expect(two.verdict().verdict).toBe(one.verdict().verdict);
        expect(two.verdict().metrics[0]!.effect ?? 0).toBeCloseTo(one.verdict().metrics[0]!.effect ?? 0, 9);
        expect(two.verdict().metrics[0]!.eValue / one.verdict().metrics[0]!.eValue).toBeCloseTo(1, 6);
      }),
      { numRuns: 60 },
    );
  });
});

function times(bin: JudgeBin, factor: number): JudgeBin {
  const grow = (arm: JudgeBin['arms']['canary']) => {
    const { count, events = 0 } = arm.metrics.errors!;
    return {
      units: arm.units * factor,
      metrics: { errors: { count: count * factor, events: events * factor } },
    };
  };
  return { ...bin, arms: { baseline: grow(bin.arms.baseline), canary: grow(bin.arms.canary) } };
}

/** Every key that occurs anywhere in a value, for a stable order of keys in JSON. */
function flatten(value: unknown, keys: Record<string, true> = {}): Record<string, true> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      keys[key] = true;
      flatten(inner, keys);
    }
  }
  return keys;
}

it('whatever the numbers, a verdict holds only finite numbers or null', () => {
  const count = fc.integer({ min: 0, max: 1e9 });
  const arm = fc
    .tuple(count, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([n, p]) => ({ units: n, metrics: { errors: { count: n, events: Math.floor(n * p) } } }));
  fc.assert(
    fc.property(fc.array(fc.tuple(arm, arm), { maxLength: 50 }), (pairs) => {
      const judge = new CanaryJudge({ ...errorsConfig, exposure: { bins: 5 }, burnIn: 5 });
      pairs.forEach(([baseline, canary], t) =>
        judge.observe({ start: t * MINUTE, end: (t + 1) * MINUTE, arms: { baseline, canary } }),
      );
      const notFinite = (value: unknown): unknown[] => {
        if (typeof value === 'number') return Number.isFinite(value) ? [] : [value];
        return typeof value === 'object' && value !== null ? Object.values(value).flatMap(notFinite) : [];
      };
      expect(notFinite([judge.verdict(), judge.state(), judge.history()])).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
