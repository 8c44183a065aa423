// Proves that a model reads both shapes of drift batches, and refuses with a reason what would lose events: columns that do
// not fit together, statements that are not there, times that are none.
import { expect, test } from 'vitest';
import { parseDrift } from '../../workflows/parse-drift.ts';
import { driftBatch, driftEvent, driftFold } from '../support/drift.ts';

const fold = driftFold(driftEvent(3), driftEvent(4, { severity: 'warning' }), driftEvent(9));

test('what the ingest sends is read as it is', () => {
  expect(parseDrift(fold)).toEqual({ ok: true, value: fold });
  const batch = driftBatch(driftEvent(1));
  expect(parseDrift(batch)).toEqual({ ok: true, value: batch });
});

test('range and count are those of the columns, whatever it says', () => {
  const parsed = parseDrift({ ...fold, to: 1_000_000, count: 5 });
  expect(parsed).toMatchObject({ ok: true, value: { from: 3, to: 9, count: 3 } });
});

const { events, statements } = fold;
test.each<[string, object, RegExp]>([
  [
    'a column too short',
    { events: { ...events, key: events.key.slice(1) } },
    /columns of `events` do not fit/,
  ],
  [
    'a column too long',
    { events: { ...events, says: [...events.says, 0] } },
    /columns of `events` do not fit/,
  ],
  ['a statement that is not there', { events: { ...events, says: [0, 1, 2] } }, /do not fit/],
  ['a distance that is no number', { events: { ...events, at: [0, '1', 6] } }, /do not fit/],
  ['no columns', { events: [] }, /`at` is missing or not a list/],
  ['no statements', { statements: undefined }, /`statements` is missing/],
  ['a statement that is a text', { statements: ['drift', statements[1]] }, /an event is not an object/],
  [
    'a window that is no time',
    { statements: [{ ...statements[0], windowEnd: 'soon' }, statements[1]] },
    /`windowEnd` of an event is not a time/,
  ],
  ['no stream', { stream: '' }, /`stream` is missing/],
])('%s', (_what, change, reason) => {
  const parsed = parseDrift({ ...fold, ...change });
  expect(parsed).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string });
});
