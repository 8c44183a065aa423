// Proves that every file of the judge has been measured by mutation testing as it is now, and that enough mutants were noticed.
import { expect, test } from 'vitest';
import {
  MUTATION_TARGET,
  notCurrent,
  readMeasured,
  score,
  totalOf,
} from '../../bench/judge/mutation-results.ts';

const measured = readMeasured();

test('every file of the judge was measured as it is now (else: node --import tsx bench/judge/mutation.ts)', () => {
  expect(notCurrent(measured)).toEqual({ missing: [], stale: [] });
});

test('the kept scores follow from the kept counts, and reach the target together', () => {
  for (const counts of Object.values(measured)) expect(counts.score).toBeCloseTo(score(counts), 4);
  expect(score(totalOf(Object.values(measured)))).toBeGreaterThanOrEqual(MUTATION_TARGET);
});
