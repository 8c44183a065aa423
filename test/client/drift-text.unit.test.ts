// Proves that the page of `seatrial drift` says of a model what its account says: every bucket, why nothing was started, what
// is left, and where its reading stands.
import { expect, test } from 'vitest';
import { driftText } from '../../client/cli/drift-command.ts';
import { accountOf, decide, evolve, initialState } from '../../domain/model/index.ts';
import type { ModelState } from '../../domain/model/index.ts';
import { driftEvent, driftFold, retraining } from '../support/drift.ts';
import { evidence } from '../support/plans.ts';

const at = '2013-07-01T00:00:00.000Z';
const serving: ModelState = {
  ...initialState('churn'),
  served: ['1'],
  retraining: {
    spec: { ...retraining, policy: { ...retraining.policy, budgetPerDay: 1 } },
    planRef: evidence('plan.json'),
  },
};

test('what came in, what became of it, what is left, and up to where', () => {
  const batch = driftFold(driftEvent(7), driftEvent(8), driftEvent(9), driftEvent(11, { version: '0' }));
  const state = decide({ type: 'ReceiveDrift', batch, at }, serving).reduce(evolve, serving);
  const text = driftText(accountOf(state));
  expect(text).toContain('churn: 1 serves; 4 drift events took effect, each in one bucket');
  expect(text).toMatch(/started +1\n +coalesced +2\n +suppressed +0\n +duplicate +0\n +rejected +1/);
  expect(text).toContain('retrainings left: 1 of 2 in 30 days, 0 of 1 in 24 hours');
  expect(text).toContain('evidence that ends before 2013-06-30T00:00:00.000Z starts nothing');
  expect(text).toMatch(/coalesced +drift-7 and 1 more +retraining 1\.2013-06-16 is under way/);
  expect(text).toMatch(/rejected +drift-11 +version 0 does not serve; 1 does/);
  expect(text).toMatch(/seatrial\.drift\/0 +11/);
});

test('a model that nobody has released', () => {
  const text = driftText(accountOf(initialState('churn')));
  expect(text).toContain('churn: no version serves; 0 drift events took effect');
  expect(text).toContain('no retraining settings');
  expect(text).not.toContain('newest first');
});
