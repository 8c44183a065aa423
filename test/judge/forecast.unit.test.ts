// Proves that the forecast simulates the very judge that will watch, tells more from more traffic, is the same for the
// same seed, and refuses plans that cannot finish, with the reason.
import { describe, expect, it } from 'vitest';
import { forecast } from '../../domain/judge/index.ts';
import type { JudgeConfig, Traffic } from '../../domain/judge/index.ts';
import { createRandom } from '../../domain/statistics/random.ts';
import { errorsConfig } from './bins.ts';

const traffic: Traffic = {
  unitsPerMinute: 600,
  steps: [{ share: 0.1, minutes: 60 }],
  metrics: { errors: { value: 0.01 }, score: { value: 0.5, deviation: 0.4 }, conversions: { value: 0.3 } },
};
const look = (config: JudgeConfig, over: Partial<Traffic> = {}, runs = 40) =>
  forecast(config, { ...traffic, ...over }, createRandom(1), { runs });
const minutes = (result: ReturnType<typeof forecast>, metric: string, ratio: number) =>
  result.abort.find((row) => row.metric === metric && row.ratio === ratio)!.medianMinutes;

describe('forecast', () => {
  it('agrees with the bench: about 80, 31 and 9 minutes to abort at x1.5, x2 and x5', () => {
    const result = look(errorsConfig, {}, 100);
    expect(minutes(result, 'errors', 1.5)).toBeLessThanOrEqual(110);
    expect(minutes(result, 'errors', 1.5)).toBeGreaterThanOrEqual(50);
    expect(minutes(result, 'errors', 2)).toBeLessThanOrEqual(40);
    expect(minutes(result, 'errors', 5)).toBeLessThanOrEqual(12);
    expect(result.falseAborts).toBeLessThanOrEqual(0.1);
    expect(result.refuse).toBeNull();
    expect(result.promote.medianMinutes).toBeGreaterThanOrEqual(30);
  });

  it('is the same for the same seed', () => {
    expect(look(errorsConfig, {}, 5)).toEqual(look(errorsConfig, {}, 5));
  });

  it('promotes sooner with more traffic, and later with a narrower margin', () => {
    const base = look(errorsConfig).promote.medianMinutes!;
    expect(look(errorsConfig, { steps: [{ share: 0.5, minutes: 1 }] }).promote.medianMinutes!).toBeLessThan(
      base,
    );
    const narrow: JudgeConfig = { metrics: [{ ...errorsConfig.metrics[0]!, margin: { relative: 0.3 } }] };
    expect(look(narrow).promote.medianMinutes!).toBeGreaterThan(base);
  });

  it('knows steps of growing weight', () => {
    const stepped = look(errorsConfig, {
      steps: [
        { share: 0.01, minutes: 120 },
        { share: 0.25, minutes: 1 },
      ],
    });
    expect(minutes(stepped, 'errors', 1.5)).toBeGreaterThan(100);
    expect(stepped.promote.medianMinutes!).toBeGreaterThan(120);
  });

  it('covers means, falling rates and latency', () => {
    const result = look(
      {
        metrics: [
          { name: 'score', kind: 'mean', harmful: 'increase', margin: { relative: 0.2 } },
          { name: 'conversions', kind: 'rate', harmful: 'decrease', margin: { relative: 0.2 } },
        ],
        latency: { quantiles: { p90: { thresholdMs: 20 } } },
      },
      {},
      10,
    );
    expect(result.abort.map((row) => row.metric)).toEqual(
      ['score', 'conversions', 'latency.p90'].flatMap((name) => [name, name, name]),
    );
    expect(result.abort.filter((row) => row.ratio === 2).every((row) => row.found === 1)).toBe(true);
    expect(result.refuse).toBeNull();
  });

  it.each<[string, JudgeConfig, Partial<Traffic>, RegExp]>([
    [
      'too few bins',
      { ...errorsConfig, maximumMinutes: 20 },
      {},
      /20 minutes hold 20 bins of 1 minutes, and 30 are required/,
    ],
    [
      'too few units',
      { ...errorsConfig, maximumMinutes: 60 },
      { unitsPerMinute: 1 },
      /The canary would see about 6 units in 60 minutes, and 200 are required/,
    ],
    [
      'too narrow a margin',
      { metrics: [{ ...errorsConfig.metrics[0]!, margin: { relative: 0.02 } }], maximumMinutes: 120 },
      {},
      /Only 0 % of harmless canaries would be promoted within 120 minutes; errors is most often still open/,
    ],
  ])('refuses %s', (_what, config, over, reason) => {
    expect(look(config, over, 10).refuse).toMatch(reason);
  });
});
