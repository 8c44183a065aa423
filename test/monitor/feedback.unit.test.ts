/**
 * Proves that feedback is joined to its answer whichever of the two is read first, counted once an answer, awaited only by who
 * judges it, and that each record is in exactly one place.
 */
import { expect, test } from 'vitest';
import type { FeedbackGiven } from '../../contracts/live-events.ts';
import type { ClosedWindow } from '../../domain/drift/monitor/index.ts';
import { at, label, memoryLog, prediction, T0, watching } from './core-fixture.ts';

const about = (predictionId: string, hours: number, more: Partial<FeedbackGiven> = {}): FeedbackGiven => ({
  model: 'flights',
  predictionId,
  complaint: 'wrong-answer',
  givenAt: at(hours),
  ...more,
});

const settings = { complaintRate: 0.5 };
const feedbackOf = (closed: readonly ClosedWindow[]) =>
  closed.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'feedback'))[0];

/** Four answers, all labelled, and a row that closes their window. */
function log() {
  const written = memoryLog();
  for (let i = 0; i < 4; i++) written.predict(prediction(`a${i}`, i));
  return written;
}
function end(written: ReturnType<typeof memoryLog>): void {
  for (let i = 0; i < 4; i++) written.label(label(`a${i}`, 20));
  written.predict(prediction('z', 60));
}

test('three of four answers were complained of, one of them before it was read', () => {
  const written = memoryLog();
  written.feedback(about('a0', 1));
  for (let i = 0; i < 4; i++) written.predict(prediction(`a${i}`, i));
  written.feedback(about('a1', 5));
  written.feedback(about('a1', 6));
  written.feedback(about('a2', 29, { complaint: undefined, rating: 2 } as never));
  written.feedback(about('a3', 7, { complaint: undefined, rating: 4 } as never));
  end(written);
  const { closed, feed, monitor } = watching({ settings });
  feed(written.inputs);
  expect(feedbackOf(closed)).toBeUndefined();
  // Nobody says more: its topic was read to where it ended when the traffic stood at hour 60.
  const progress = { flights: { predictions: T0 + 60 * 3_600_000 } };
  feed([{ type: 'caughtUp', stream: 'feedback', partition: 0, progress }]);
  expect(feedbackOf(closed)).toMatchObject({ verdict: 'drift', reason: 'mean 0.75 of 4' });
  expect(monitor.status()[0]!.tally).toMatchObject({ feedback: 5, feedbackJoined: 5, feedbackPending: 0 });
});

test('who complains counts, whatever others say of the same answer, in either order', () => {
  for (const order of [
    [about('a0', 2), about('a0', 9, { complaint: undefined, rating: 5 } as never)],
    [about('a0', 9, { complaint: undefined, rating: 5 } as never), about('a0', 2)],
  ]) {
    const written = log();
    for (const one of order) written.feedback(one);
    written.feedback(about('z', 59));
    end(written);
    const { closed, feed } = watching({ settings });
    feed(written.inputs);
    expect(feedbackOf(closed)?.reason).toBe('mean 0.25 of 4');
  }
});

test('without a limit nobody waits for feedback', () => {
  const written = log();
  end(written);
  const { closed, feed } = watching();
  feed(written.inputs);
  expect(closed.map(({ part }) => part)).toEqual(['data', 'performance']);
});

test('each record is in one place: joined, late, unmatched, pending, about a version, or invalid', () => {
  const written = log();
  written.feedback(about('a0', 3));
  written.feedback(about('a1', 31));
  written.feedback(about('nobody', 3));
  written.feedback(about('future', 70));
  written.feedback({ model: 'flights', version: '1.0.0', rating: 1, givenAt: at(4) });
  written.feedback(about('a2', 5, { givenAt: 'yesterday' }));
  written.predict(prediction('y', 30));
  end(written);
  written.feedback(about('older', 2));
  const { feed, monitor } = watching({ settings });
  feed(written.inputs);
  const { tally } = monitor.status()[0]!;
  expect(tally).toMatchObject({
    feedback: 7,
    feedbackJoined: 1,
    feedbackLate: 1,
    feedbackUnmatched: 2,
    feedbackPending: 1,
    feedbackOfVersion: 1,
    feedbackInvalid: 1,
  });
});

test('more than may be held is let go, the oldest first, and counted', () => {
  const written = log();
  for (let i = 0; i < 30; i++) written.feedback(about(`later${i}`, 10 + i));
  const { feed, monitor } = watching({ settings, timing: { maxPendingLabels: 20 } });
  feed(written.inputs);
  const { feedbackEvicted, feedbackPending } = monitor.status()[0]!.tally;
  expect(feedbackEvicted + feedbackPending).toBe(30);
  expect(feedbackPending).toBeLessThanOrEqual(20);
});
