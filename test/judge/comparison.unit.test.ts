// Proves what Kayenta's judge is given for comparison: each metric's mean a bin as one point an arm, latency as the share of
// slow calls, no point where an arm had no rows, and a classification that a rise alone can fail.
import { describe, expect, it } from 'vitest';
import { Comparison } from '../../domain/canary/index.ts';
import { kayentaJudge } from '../../domain/judge/index.ts';
import type { JudgeConfig } from '../../domain/judge/index.ts';
import { errorsConfig, rateBin, stream, valueConfig, meanBin, MINUTE } from './bins.ts';

describe('the comparison', () => {
  it('is Kayenta’s judge on the means of the bins', () => {
    const comparison = new Comparison(errorsConfig);
    const [baseline, canary]: [number[], number[]] = [[], []];
    for (const bin of stream(60, 3, 5)) {
      comparison.observe(bin);
      for (const [arm, points] of [
        [bin.arms.baseline, baseline],
        [bin.arms.canary, canary],
      ] as const) {
        const { count, events = 0 } = arm.metrics.errors!;
        if (count > 0) points.push(events / count);
      }
    }
    expect(comparison.result()).toEqual(
      kayentaJudge([{ name: 'errors', baseline, canary, direction: 'increase' }]),
    );
    expect(comparison.result()).toMatchObject({
      classification: 'Fail',
      metrics: [{ classification: 'High' }],
    });
  });

  it('takes an arm without rows for no data, not for zero', () => {
    const comparison = new Comparison(errorsConfig);
    for (let t = 0; t < 40; t++) comparison.observe(rateBin(t, 100, 10 + (t % 3), 0, 0));
    expect(comparison.result().classification).toBe('Nodata');
  });

  it('reads means, and passes a canary that became better', () => {
    const comparison = new Comparison(valueConfig);
    for (let t = 0; t < 40; t++) comparison.observe(meanBin(t, 5 + (t % 4), 1 + (t % 5)));
    expect(comparison.result().metrics[0]).toMatchObject({ name: 'value', classification: 'Pass' });
  });

  it('reads latency as the share of slow calls', () => {
    const config: JudgeConfig = { metrics: [], latency: { quantiles: { p99: { thresholdMs: 50 } } } };
    const comparison = new Comparison(config);
    const arm = (slow: number) => ({
      units: 200,
      metrics: {},
      latency: { total: 200, above: { p99: slow } },
    });
    for (let t = 0; t < 40; t++) {
      const arms = { baseline: arm(2 + (t % 3)), canary: arm(20 + (t % 3)) };
      comparison.observe({ start: t * MINUTE, end: (t + 1) * MINUTE, arms });
    }
    const [metric] = comparison.result().metrics;
    expect(metric).toMatchObject({ name: 'latency.p99', classification: 'High' });
    expect(metric!.estimate).toBeCloseTo(0.09, 9);
  });
});
