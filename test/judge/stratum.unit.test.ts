// Proves what one stratum adds, by hand-made numbers: weight, signed difference, and the variances that a proof may not go
// below, for rates that hurt by rising and by falling, near 0 and near 1, and for arms of one row.
import { describe, expect, it } from 'vitest';
import { planOf } from '../../domain/judge/index.ts';
import type { MetricConfig } from '../../domain/judge/index.ts';
import { stratumOf } from '../../domain/judge/strata.ts';

const test = (change: Partial<MetricConfig>) =>
  planOf({
    metrics: [{ name: 'm', kind: 'rate', harmful: 'increase', margin: { absolute: 0.1 }, ...change }],
  }).tests[0]!;
const events = (x: number, n: number) => ({ x, n, ss: x, missing: 0 });

describe('a stratum', () => {
  it('weighs the difference of the arms by both sizes', () => {
    const { a, b } = stratumOf(test({}), events(6, 20), events(6, 60));
    expect(b).toBeCloseTo(15, 12);
    expect(a).toBeCloseTo(15 * (0.3 - 0.1), 12);
  });

  it('counts a fall as harm where falling hurts', () => {
    const { a } = stratumOf(test({ harmful: 'decrease' }), events(6, 20), events(6, 60));
    expect(a).toBeCloseTo(-15 * (0.3 - 0.1), 12);
  });

  it('weighs by the baseline’s value for a relative margin', () => {
    expect(stratumOf(test({ margin: { relative: 0.5 } }), events(6, 20), events(6, 60)).b).toBeCloseTo(
      1.5,
      12,
    );
  });

  it('has the variance of independent rows, and of a single row its own square', () => {
    const one = { x: 3, n: 1, ss: 9, missing: 0 };
    const two = { x: 4, n: 2, ss: 10, missing: 0 };
    const mean = test({ kind: 'mean' });
    // Sample variance of 1 and 3 is 2, that of their mean is 1; the weight is 2/3.
    expect(stratumOf(mean, two, one).within).toBeCloseTo((4 / 9) * (1 + 9), 12);
    expect(stratumOf(mean, one, two).within).toBeCloseTo((4 / 9) * (9 + 1), 12);
  });
});

describe('the floor of a proof’s variance', () => {
  /** By its definition: canary at `other`, baseline at `own`, weight 15 for 20 and 60 rows. */
  const floor = (own: number, other: number, factor = 1): number =>
    225 * ((other * (1 - other)) / 20 + (factor * factor * own * (1 - own)) / 60);

  it('puts the canary a margin above the baseline, whatever it showed', () => {
    for (const seen of [0, 6, 20])
      expect(stratumOf(test({}), events(seen, 20), events(6, 60)).floor).toBeCloseTo(floor(0.1, 0.2), 12);
  });

  it('puts it a margin below where falling hurts', () => {
    const falling = test({ harmful: 'decrease' });
    expect(stratumOf(falling, events(6, 20), events(30, 60)).floor).toBeCloseTo(floor(0.5, 0.4), 12);
  });

  it('stays between 0 and 1 when the baseline is near them', () => {
    expect(stratumOf(test({}), events(20, 20), events(60, 60)).floor).toBeCloseTo(floor(0.9, 1), 12);
    const falling = test({ harmful: 'decrease' });
    expect(stratumOf(falling, events(0, 20), events(0, 60)).floor).toBeCloseTo(floor(0.1, 0), 12);
    expect(stratumOf(test({ margin: { absolute: 3 } }), events(6, 20), events(6, 60)).floor).toBeCloseTo(
      0,
      12,
    );
  });

  it('moves with the baseline for a relative margin', () => {
    const rising = test({ margin: { relative: 0.5 } });
    expect(stratumOf(rising, events(6, 20), events(6, 60)).floor).toBeCloseTo(floor(0.1, 0.15, 1.5), 12);
    const falling = test({ margin: { relative: 0.5 }, harmful: 'decrease' });
    expect(stratumOf(falling, events(6, 20), events(6, 60)).floor).toBeCloseTo(floor(0.1, 0.05, 0.5), 12);
  });

  it('is that of a share for latency, and 0 for means and amounts', () => {
    const slow = planOf({
      metrics: [],
      latency: { quantiles: { p90: { thresholdMs: 30, margin: 0.1 } } },
    }).tests[0]!;
    expect(stratumOf(slow, events(6, 20), events(6, 60)).floor).toBeCloseTo(floor(0.1, 0.2), 12);
    for (const kind of ['mean', 'amount'] as const)
      expect(stratumOf(test({ kind }), events(6, 20), events(6, 60)).floor).toBe(0);
  });
});
