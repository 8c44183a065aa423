// Proves: the adverse impact ratio is fairlearn's demographic parity ratio for the positive answer, that of the refusals' complement
// for the negative one, and is not made up where groups cannot be measured.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adverseImpactRatio, fairness } from '../../domain/fairness/index.ts';

interface Case {
  readonly call: string;
  readonly oracle: string;
  readonly args: [number[], number[], string[]];
  readonly expected: { readonly demographicParityRatio: number };
}

const every = { minimumRows: 0, minimumEvents: 0 };

test('is fairlearn’s ratio on its own cases', () => {
  const cases = (
    JSON.parse(readFileSync(new URL('../reference/cases.json', import.meta.url), 'utf8')) as { cases: Case[] }
  ).cases.filter(({ call, oracle }) => call === 'fairness' && oracle === 'fairlearn.metrics');
  expect(cases.length).toBeGreaterThan(0);
  let compared = 0;
  for (const {
    args: [labels, predictions, groups],
    expected,
  } of cases) {
    const ratio = adverseImpactRatio(fairness(labels, predictions, groups, every), 'positive');
    if (ratio === null) continue;
    expect(ratio).toBeCloseTo(expected.demographicParityRatio, 9);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(3);
});

test('of credit, where the positive answer is the default, counts who is granted', () => {
  // 80 of 100 men and 60 of 100 women are not predicted to default.
  const predictions = [
    ...Array<number>(20).fill(1),
    ...Array<number>(80).fill(0),
    ...Array<number>(40).fill(1),
    ...Array<number>(60).fill(0),
  ];
  const groups = [...Array<string>(100).fill('m'), ...Array<string>(100).fill('f')];
  const report = fairness(predictions, predictions, groups, every);
  expect(adverseImpactRatio(report, 'negative')).toBeCloseTo(0.6 / 0.8, 12);
  expect(adverseImpactRatio(report, 'positive')).toBeCloseTo(0.2 / 0.4, 12);
});

test('is null with one group, and where no group has the good answer', () => {
  const two = ['a', 'a', 'b', 'b'];
  expect(
    adverseImpactRatio(fairness([0, 1, 0, 1], [0, 1, 0, 1], ['a', 'a', 'a', 'a'], every), 'positive'),
  ).toBeNull();
  expect(adverseImpactRatio(fairness([0, 1, 0, 1], [0, 0, 0, 0], two, every), 'positive')).toBeNull();
  expect(adverseImpactRatio(fairness([0, 1, 0, 1], [0, 0, 1, 1], two, every), 'positive')).toBe(0);
});
