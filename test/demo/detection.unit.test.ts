/** Proves that the demo counts the weeks until the summer was noticed as the rehearsal counts them, and shows both. */
import { expect, test } from 'vitest';
import { detectionOf } from '../../domain/review/index.ts';
import { detectionLine } from '../../examples/flight-delays/demo/detection.ts';

const WEEK = 7 * 24 * 3_600_000;
const began = Date.parse('2013-06-01T04:00:00Z');
const predicted = {
  'detection-delay-windows': { value: 2, unit: 'windows' },
  'detection-delay-windows-p90': { value: 4, unit: 'windows' },
};

test('the week in which the change began is the first', () => {
  expect(detectionOf(predicted, began, Date.parse('2013-06-06T00:00:00Z'), WEEK)?.windows).toBe(1);
  const detection = detectionOf(predicted, began, Date.parse('2013-06-20T00:00:00Z'), WEEK)!;
  expect(detection).toMatchObject({ windows: 3, predicted: { median: 2, p90: 4 } });
  expect(detectionLine(detection)).toBe(
    'the summer was noticed in its week 3, 19 days after 1 June; drift-rehearsal had predicted week 2, in nine of ten changes by week 4',
  );
});

test('an alarm before the summer says nothing of it, and a release without the rehearsal has no prediction', () => {
  expect(detectionOf(predicted, began, Date.parse('2013-05-02T00:00:00Z'), WEEK)).toBeNull();
  const detection = detectionOf({}, began, Date.parse('2013-06-13T00:00:00Z'), WEEK)!;
  expect(detectionLine(detection)).toBe('the summer was noticed in its week 2, 12 days after 1 June');
});
