/**
 * Proves the promises of routing for any caller: the same one always meets the same arm, a rising weight moves callers
 * only from baseline to canary, 0 and 100 per cent mean nobody and everybody, and the split is the declared one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseArm, positionOf } from '../../services/gateway/routing.ts';
import { only, split } from './support.ts';

const weight = fc.double({ min: 0, max: 100, noNaN: true });
const armOf = (arms: ReturnType<typeof split>, key: string) => chooseArm('tiny', arms, key)?.arm;

describe('chooseArm', () => {
  it('moves callers only from baseline to canary when the weight rises', () => {
    fc.assert(
      fc.property(fc.string(), weight, weight, (key, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const before = armOf(split('v1', 'v2', low), key);
        const after = armOf(split('v1', 'v2', high), key);
        return before === 'canary' ? after === 'canary' : true;
      }),
      { numRuns: 5000 },
    );
  });

  it('gives a caller the same arm every time, in whatever order the arms are written', () => {
    fc.assert(
      fc.property(fc.string(), weight, (key, share) => {
        const arms = split('v1', 'v2', share);
        return armOf(arms, key) === armOf([...arms].reverse(), key);
      }),
    );
  });

  it('sends nobody at 0 and everybody at 100', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (key) =>
          armOf(split('v1', 'v2', 0), key) === 'baseline' && armOf(split('v1', 'v2', 100), key) === 'canary',
      ),
    );
  });

  it.each([1, 10, 25, 50, 90])(
    'sends %d per cent of callers to the canary, within five deviations',
    (share) => {
      const callers = 20_000;
      let canary = 0;
      for (let i = 0; i < callers; i++)
        if (armOf(split('v1', 'v2', share), `caller-${i}`) === 'canary') canary++;
      const p = share / 100;
      expect(Math.abs(canary - callers * p)).toBeLessThan(5 * Math.sqrt(callers * p * (1 - p)));
    },
  );

  it('draws the callers anew for another canary', () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `caller-${i}`);
    const both = keys.filter(
      (key) => positionOf('tiny', 'v2', key) < 0.1 && positionOf('tiny', 'v3', key) < 0.1,
    );
    // Independent draws share about 1 % of the callers; the same draw would share 10 %.
    expect(both.length).toBeLessThan(60);
  });

  it('knows one arm, and none', () => {
    expect(chooseArm('tiny', only('v1'), 'k')?.version).toBe('v1');
    expect(chooseArm('tiny', [], 'k')).toBeUndefined();
  });
});
