// Proves that a verdict repeats what was seen: values and missing rows of both arms, the time, the rarest required rate, and
// that missing rows in equal shares are accepted where unequal ones are not.
import { describe, expect, it } from 'vitest';
import { CanaryJudge } from '../../domain/judge/index.ts';
import type { JudgeConfig } from '../../domain/judge/index.ts';
import { feed, MINUTE, rateBin } from './bins.ts';

const rate = (name: string) =>
  ({ name, kind: 'rate', harmful: 'increase', margin: { absolute: 0.1 } }) as const;
const two: JudgeConfig = { metrics: [rate('errors'), rate('refusals')] };

function bin(t: number, missing: { baseline: number; canary: number }) {
  const arm = (units: number, errors: number, refusals: number, absent: number) => ({
    units,
    metrics: {
      errors: { count: units, events: errors, missing: absent },
      refusals: { count: units, events: refusals },
    },
  });
  return {
    start: t * MINUTE,
    end: (t + 1) * MINUTE,
    arms: { baseline: arm(200, 4, 2, missing.baseline), canary: arm(100, 3, 1, missing.canary) },
  };
}

const seen = (bins: number, missing: { baseline: number; canary: number }) =>
  feed(
    new CanaryJudge(two),
    Array.from({ length: bins }, (_, t) => bin(t + 10, missing)),
  ).verdict();

describe('a verdict', () => {
  it('repeats values, samples and missing rows of each arm', () => {
    const { metrics } = seen(8, { baseline: 20, canary: 10 });
    expect(metrics[0]).toMatchObject({
      values: { baseline: 0.02, canary: 0.03 },
      samples: { baseline: 1600, canary: 800 },
      missing: { baseline: 160, canary: 80 },
      bins: 8,
    });
    expect(new CanaryJudge(two).verdict().metrics[0]!.values).toEqual({ baseline: null, canary: null });
  });

  it('counts time from the first bin, and the events of the rarest required rate', () => {
    const { exposure } = seen(8, { baseline: 0, canary: 0 });
    expect(exposure).toMatchObject({ minutes: 8, events: 8 * 3, baselineUnits: 1600, canaryUnits: 800 });
    expect(new CanaryJudge(two).verdict().exposure.minutes).toBe(0);
    const optional: JudgeConfig = {
      metrics: [
        { ...rate('errors'), required: false },
        { name: 'value', kind: 'mean', harmful: 'increase', margin: { absolute: 1 } },
      ],
    };
    expect(new CanaryJudge(optional).verdict().exposure.events).toBeNull();
  });

  it('has met the exposure with exactly what was required, not before', () => {
    const lacking = (bins: number) => seen(bins, { baseline: 0, canary: 0 }).exposure.lacking;
    expect(lacking(29)).toEqual(['29 of 30 bins']);
    expect(lacking(30)).toEqual([]);
    const units = (least: number) =>
      feed(new CanaryJudge({ ...two, exposure: { bins: 5, canaryUnits: least } }), [
        ...Array.from({ length: 8 }, (_, t) => bin(t, { baseline: 0, canary: 0 })),
      ]).verdict().exposure.lacking;
    expect(units(800)).toEqual([]);
    expect(units(801)).toEqual(['800 of 801 canary units']);
  });

  it('accepts rows that are missing in both arms alike, and not those missing in one', () => {
    expect(seen(8, { baseline: 200, canary: 100 }).metrics[0]!.state).toBe('undecided');
    expect(seen(8, { baseline: 0, canary: 100 }).metrics[0]!.state).toBe('unmeasured');
    expect(seen(8, { baseline: 0, canary: 0 }).metrics[0]!.state).not.toBe('unmeasured');
  });

  it('says how large the evidence was, and which path found it', () => {
    const flood = Array.from({ length: 8 }, (_, t) => rateBin(t, 540, 5, 60, 30));
    const { verdict, reason } = feed(new CanaryJudge({ metrics: [rate('errors')] }), flood).verdict();
    expect(verdict).toBe('fail');
    expect(reason).toContain('events came too fast to be less than twice the baseline');
    const eValue = Number(/e-value (\S+) of 20\.0/.exec(reason)![1]);
    expect(eValue).toBeGreaterThanOrEqual(20);
    expect(eValue).toBeLessThan(1e100);
  });
});
