// Proves that a topic which was made anew gets another name, without which its events would pass for redelivered, and that a
// generation which is no name is refused with what to write instead.
import { expect, test } from 'vitest';
import { streamOf } from '../../services/ingest/stream.ts';

test('the stream names cluster and topic, and its generation when there is one', () => {
  expect(streamOf('c1', undefined)).toBe('c1/seatrial.drift');
  expect(streamOf('c1', '')).toBe('c1/seatrial.drift');
  expect(streamOf('c1', '2')).toBe('c1/seatrial.drift#2');
});

test.each(['a b', 'x/y', 'x#y', 'g'.repeat(33)])('%j is no generation', (generation) => {
  expect(() => streamOf('c1', generation)).toThrow(/DRIFT_TOPIC_GENERATION.*use 1 to 32 letters/);
});
