// Proves that each limit of the guard is asked, that what could not be measured breaches nothing, and that a number that is
// not finite breaches.
import { expect, test } from 'vitest';
import type { RetrainingGuard } from '../../contracts/plan.ts';
import { guardBreaches } from '../../domain/retraining/index.ts';
import type { GuardMeasurements } from '../../domain/retraining/index.ts';

const guard: RetrainingGuard = {
  outcome: 'held',
  maxPsi: 1,
  maxLabelRateChange: 0.2,
  maxDuplicateShare: 0.2,
  maxOwnDecisionShare: 0.2,
  maxTrustedLogLossIncrease: 0.02,
  labelColumn: 'late',
};
const fine: GuardMeasurements = {
  psi: { feature: 'temp', value: 1 },
  labelRate: { champion: 0.23, training: 0.31 },
  duplicates: 0.2,
  ownDecisions: 0.2,
  trusted: { champion: 0.5, challenger: 0.51, rows: 1000 },
};

test('at its limits nothing is breached, and nothing by what could not be measured', () => {
  expect(guardBreaches(guard, fine)).toEqual([]);
  const nothing = { psi: null, labelRate: null, duplicates: null, ownDecisions: null, trusted: null };
  expect(guardBreaches(guard, nothing)).toEqual([]);
});

test.each<[Partial<GuardMeasurements>, string]>([
  [{ psi: { feature: 'temp', value: 1.5 } }, 'stability index of temp 1.5 > 1'],
  [{ labelRate: { champion: 0.23, training: 0.61 } }, 'label rate 0.23 became 0.61: change 0.38 > 0.2'],
  [{ labelRate: { champion: 0.61, training: 0.23 } }, 'label rate 0.61 became 0.23: change 0.38 > 0.2'],
  [{ duplicates: 0.5 }, 'share of copied rows 0.5 > 0.2'],
  [{ ownDecisions: 0.9 }, 'share of labels that the model’s own decisions made 0.9 > 0.2'],
  [{ duplicates: NaN }, 'share of copied rows NaN > 0.2'],
  [
    { trusted: { champion: 0.5, challenger: 0.55, rows: 9 } },
    'on 9 trusted rows log-loss 0.5 became 0.55: rise 0.05 > 0.02',
  ],
])('%j', (more, breach) => {
  expect(guardBreaches(guard, { ...fine, ...more })).toEqual([breach]);
});

test('a limit that the plan does not name is not asked', () => {
  const { maxPsi: _, ...open } = guard;
  expect(guardBreaches(open, { ...fine, psi: { feature: 'temp', value: 99 } })).toEqual([]);
});
