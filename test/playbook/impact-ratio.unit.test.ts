// Proves: the adverse impact ratio is fairlearn's demographic parity ratio for the positive answer, that of the refusals' complement
// for the negative one, is not made up where groups cannot be measured, and has bounds that cover although the worst pair is chosen.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adverseImpactRatio, fairness } from '../../domain/fairness/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';

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
    expect(ratio.ratio).toBeCloseTo(expected.demographicParityRatio, 9);
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
  expect(adverseImpactRatio(report, 'negative')).toMatchObject({ lowestGroup: 'f', highestGroup: 'm' });
  expect(adverseImpactRatio(report, 'negative')!.ratio).toBeCloseTo(0.6 / 0.8, 12);
  expect(adverseImpactRatio(report, 'positive')!.ratio).toBeCloseTo(0.2 / 0.4, 12);
});

test('is null with one group, and where no group has the good answer', () => {
  const two = ['a', 'a', 'b', 'b'];
  expect(
    adverseImpactRatio(fairness([0, 1, 0, 1], [0, 1, 0, 1], ['a', 'a', 'a', 'a'], every), 'positive'),
  ).toBeNull();
  expect(adverseImpactRatio(fairness([0, 1, 0, 1], [0, 0, 0, 0], two, every), 'positive')).toBeNull();
  expect(adverseImpactRatio(fairness([0, 1, 0, 1], [0, 0, 1, 1], two, every), 'positive')).toMatchObject({
    ratio: 0,
    lower: 0,
  });
});

test.each([
  ['two groups', { a: [80, 0.5], b: [60, 0.4] }],
  ['four, of which two are alike', { a: [60, 0.7], b: [90, 0.7], c: [140, 0.5], d: [80, 0.62] }],
  ['three where the answer is rare', { a: [300, 0.05], b: [250, 0.08], c: [400, 0.06] }],
])('its 95 per cent bounds cover at least 93 in a hundred times: %s', (_, people) => {
  const random = createRandom(95);
  const rates = Object.values(people).map(([, rate]) => rate!);
  const truth = Math.min(...rates) / Math.max(...rates);
  const rounds = 600;
  let covered = 0;
  for (let i = 0; i < rounds; i++) {
    const groups = Object.entries(people).flatMap(([group, [size]]) => Array<string>(size!).fill(group));
    const predictions = groups.map((group) =>
      random.next() < people[group as keyof typeof people]![1]! ? 1 : 0,
    );
    const found = adverseImpactRatio(fairness(predictions, predictions, groups, every), 'positive');
    expect(found!.ratio).toBeGreaterThanOrEqual(found!.lower);
    expect(found!.ratio).toBeLessThanOrEqual(found!.upper);
    if (found!.lower <= truth && truth <= found!.upper) covered++;
  }
  expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
});

test('the group that is chosen after looking makes the bounds wider, and more people make them closer', () => {
  const report = (size: number, groups: number): ReturnType<typeof adverseImpactRatio> => {
    const names = Array.from({ length: groups }, (_, n) => Array<string>(size).fill(`g${n}`)).flat();
    const predictions = names.map((_, row) => (row % size < size / 2 - (row < size ? size / 10 : 0) ? 1 : 0));
    return adverseImpactRatio(fairness(predictions, predictions, names, every), 'positive');
  };
  const [two, six, many] = [report(100, 2)!, report(100, 6)!, report(10_000, 2)!];
  expect([two.ratio, six.ratio, many.ratio]).toEqual([0.8, 0.8, 0.8]);
  expect(six.lower).toBeLessThan(two.lower);
  expect(many.upper - many.lower).toBeLessThan((two.upper - two.lower) / 8);
});
