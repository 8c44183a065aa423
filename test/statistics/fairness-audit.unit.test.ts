// Proves that the intervals of the fairness audit cover what they say, also of what is chosen after looking, and that a group
// that the model is unfair to is found by each measure. Agreement with fairlearn and scipy is in reference.unit.test.ts.
import { describe, expect, test } from 'vitest';
import { auditFairness, calibrationWithinGroups, representationOf } from '../../domain/fairness/index.ts';
import { createRandom, type Random } from '../../domain/statistics/index.ts';

/** Scores, and labels that come as often as the score says, less `excess` of the group. */
function people(random: Random, sizes: Record<string, number>, excess: Record<string, number> = {}) {
  const groups = Object.entries(sizes).flatMap(([group, size]) => Array.from({ length: size }, () => group));
  const scores = groups.map(() => 0.3 + 0.4 * random.next());
  const labels = groups.map((group, i) => (random.next() < scores[i]! - (excess[group] ?? 0) ? 1 : 0));
  return { groups, scores, labels };
}

describe('stated to cover 95 per cent, covers at least 93', () => {
  const sizes = { a: 60, b: 90, c: 140, d: 80 };
  const excess = { a: 0.15, d: -0.1 };

  test('calibration of a group, the difference of a pair, and the widest gap among four', () => {
    const random = createRandom(91);
    const [alone, pair, widest] = [0, 1, 2].map(() => ({ covered: 0 })) as [
      { covered: number },
      { covered: number },
      { covered: number },
    ];
    const rounds = 600;
    for (let i = 0; i < rounds; i++) {
      const { labels, scores, groups } = people(random, sizes, excess);
      const found = calibrationWithinGroups(labels, scores, groups, { minimumEvents: 0 });
      const a = found.groups[0]!.calibration;
      if (a.measurable && a.lower <= 0.15 && 0.15 <= a.upper) alone.covered++;
      const { lower, upper } = found.pairs.find(({ first, second }) => first === 'a' && second === 'b')!;
      if (lower <= 0.15 && 0.15 <= upper) pair.covered++;
      if (found.lower! <= 0.25 && 0.25 <= found.upper!) widest.covered++;
    }
    for (const { covered } of [alone, pair, widest]) expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
  });

  test('the worst group against all others, although it is chosen after looking', () => {
    const random = createRandom(92);
    // Selected above a half: by the uniform scores, half of every group; of `d` the scores are raised.
    let covered = 0;
    const rounds = 600;
    for (let i = 0; i < rounds; i++) {
      const { labels, scores, groups } = people(random, { a: 60, b: 60, c: 60, d: 60 });
      const raised = scores.map((score, row) => (groups[row] === 'd' ? score + 0.1 : score));
      const { worstGroups } = auditFairness({ of: 'group', labels, scores: raised, groups, threshold: 0.5 });
      const { group, lower, upper } = worstGroups.selectionRate!;
      const truth = group === 'd' ? 0.25 : -0.25 / 3;
      if (lower <= truth && truth <= upper) covered++;
    }
    expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
  });

  test('how far the worst group is missing from what the model learnt', () => {
    const random = createRandom(93);
    const draw = (n: number, shares: readonly number[]): Record<string, number> => {
      const sizes: Record<string, number> = {};
      for (let i = 0; i < n; i++) {
        let left = random.next();
        const at = shares.findIndex((share) => (left -= share) < 0);
        const name = `g${at === -1 ? shares.length - 1 : at}`;
        sizes[name] = (sizes[name] ?? 0) + 1;
      }
      return sizes;
    };
    let covered = 0;
    const rounds = 600;
    for (let i = 0; i < rounds; i++) {
      const { lower, upper } = representationOf(
        draw(400, [0.4, 0.3, 0.2, 0.1]),
        draw(200, [0.3, 0.3, 0.2, 0.2]),
      );
      if (lower! <= 0.1 && 0.1 <= upper!) covered++;
    }
    expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
  });
});

describe('what is planted is found', () => {
  const sizes = { a: 4000, b: 4000, c: 4000 };
  const random = createRandom(94);
  const fair = people(random, sizes);
  const audit = (more: Partial<Parameters<typeof auditFairness>[0]>) =>
    auditFairness({ of: 'group', ...fair, threshold: 0.5, ...more });

  test('nothing where nothing is', () => {
    const { measures } = audit({ learnt: sizes });
    for (const { lower, upper } of Object.values(measures)) {
      expect(lower!).toBeLessThan(0.02);
      expect(upper!).toBeLessThan(0.1);
    }
  });

  test('a group that is selected more often', () => {
    const scores = fair.scores.map((score, i) => (fair.groups[i] === 'b' ? score + 0.1 : score));
    const { measures, worstGroups } = audit({ scores });
    for (const name of ['demographic-parity', 'equalized-odds', 'calibration-within-groups'] as const)
      expect(measures[name].lower!, name).toBeGreaterThan(0.05);
    expect(worstGroups.selectionRate!.group).toBe('b');
  });

  test('a group of which the chosen are right less often', () => {
    const { labels, scores, groups } = people(random, sizes, { c: 0.25 });
    const { measures, worstGroups, calibration } = audit({ labels, scores, groups });
    expect(measures['predictive-parity'].lower!).toBeGreaterThan(0.15);
    expect(worstGroups.precision!.group).toBe('c');
    expect(calibration.highestGroup).toBe('c');
  });

  test('a group that training hardly saw', () => {
    const { measures, representation } = audit({ learnt: { a: 6000, b: 6000, c: 30 } });
    expect(measures.representation.lower!).toBeGreaterThan(0.25);
    expect(representation!.worstGroup).toBe('c');
  });

  test('of a group too small, or of one class only, there is no calibration, and it is left out by name', () => {
    const { labels, scores, groups } = people(random, { a: 200, b: 200, tiny: 12, sure: 100 });
    const only = labels.map((label, i) => (groups[i] === 'sure' ? 1 : label));
    expect(audit({ labels: only, scores, groups }).calibration.notMeasurable).toEqual([
      { group: 'sure', reason: '0 rows of the rarer class, at least 10 needed' },
      { group: 'tiny', reason: '12 rows, at least 30 needed' },
    ]);
    expect(audit({}).measures.representation).toEqual({ difference: null, lower: null, upper: null });
  });
});
