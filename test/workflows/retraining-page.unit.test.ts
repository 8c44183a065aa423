// Proves that progress on a retraining's page is in numbers that are numbers, and that what a training command says cannot write
// on the page as if it were ours.
import { describe, expect, test } from 'vitest';
import { progressLine } from '../../workflows/retraining-page.ts';

describe('a line of progress', () => {
  test.each([
    [{ done: 0.4, total: 1, note: 'epoch 4 of 10' }, '**40 %**: epoch 4 of 10'],
    [{ done: 40, total: 150, metrics: { auc: 0.712345 } }, '**27 %**: 40 of 150, auc 0.7123'],
    [{ done: 1, total: 1 }, '**100 %**'],
    [{ done: 7, total: 5 }, '**100 %**: 7 of 5'],
    [{ done: 1, total: 2, metrics: { loss: null, name: 'x', auc: Infinity } }, '**50 %**: 1 of 2'],
  ])('of %j is %s', (message, line) => {
    expect(progressLine(message)).toBe(line);
  });

  test.each([
    undefined,
    null,
    'half',
    {},
    { done: 1 },
    { done: 1, total: 0 },
    { done: NaN, total: 1 },
    { done: '1', total: 2 },
    { done: 1, total: -1 },
  ])('is none of %j', (message) => {
    expect(progressLine(message)).toBeUndefined();
  });

  test('writes no heading and no link for a stranger, and stays short', () => {
    const line = progressLine({
      done: 1,
      total: 2,
      note: '\n# Approved\n[click](http://evil) `code`',
      metrics: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, n])),
    });
    expect(line).not.toMatch(/\n|(?<!\\)[#[`]|:\/\//);
    expect(line?.match(/ m\d+ /g)).toHaveLength(10);
  });
});
