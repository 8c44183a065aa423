// Proves that lint tells of a shadow that its own step would end too soon, of one that comes after users met the version, and of
// parameters that the stage does not know.
import { describe, expect, test } from 'vitest';
import { checkShadow } from '../../client/shadow-checks.ts';
import { shadowParameters } from '../../contracts/schemas/shadow.ts';

const step = (parameters: Record<string, number>, timeout?: number) => ({
  stage: 'shadow',
  parameters,
  checks: [],
  ...(timeout === undefined ? {} : { timeout }),
});
const saidOf = (...given: Parameters<typeof checkShadow>) =>
  checkShadow(...given).map(({ severity, what }) => `${severity}: ${what}`);

describe('lint of a shadow', () => {
  test('says nothing of one that has time, and is left alone where the parameters are wrong', () => {
    expect(saidOf(step({}), [], false)).toEqual([]);
    expect(saidOf(step({ maxSeconds: -1 }, 1), [], true)).toEqual([]);
    expect(saidOf({ ...step({}), stage: 'sandbox' }, [], true)).toEqual([]);
  });
  test('tells of a step that ends before the shadow', () => {
    expect(saidOf(step({ maxSeconds: 500, labelSeconds: 40 }, 600), [], false)).toEqual([
      'error: the shadow may take 600 s, and the step ends it after 600 s',
    ]);
    expect(saidOf(step({ maxSeconds: 500 }, 600), [], false)).toEqual([]);
  });
  test('tells of one after the canary', () => {
    expect(saidOf(step({}), [], true)).toHaveLength(1);
  });
  test('a misspelt limit is refused', () => {
    expect(shadowParameters.safeParse({ maxFlips: 0.1 }).success).toBe(false);
  });
});
