// Proves that the witness of the conformance suite can fail: it notices two hands on one partition, a jump over records, and counts
// what comes again.
import { expect, test } from 'vitest';
import { Witness } from './conformance/witness.ts';

const slice = (partition: number, ...offsets: number[]) => ({
  partition,
  records: offsets.map((offset) => ({ offset, value: Buffer.from(`${partition}/${offset}`) })),
});
const nothing = async (): Promise<void> => {};

test('order kept, each once: no problem', async () => {
  const witness = new Witness();
  await witness.take(slice(0, 0, 1, 2), nothing);
  await witness.take(slice(1, 0), nothing, 'other');
  await witness.take(slice(0, 3), nothing, 'other');
  expect([witness.problems, witness.duplicates, witness.values.size]).toEqual([[], 0, 5]);
});

test('two members at once', async () => {
  const witness = new Witness();
  await witness.take(slice(0, 0), () => witness.take(slice(0, 0), nothing, 'two'));
  expect(witness.problems).toEqual(['partition 0 is with one and two at once']);
});

test('a jump over records that nobody had', async () => {
  const witness = new Witness();
  await witness.take(slice(0, 0, 1), nothing);
  await witness.take(slice(0, 5), nothing);
  expect(witness.problems).toEqual(['partition 0 jumps from 2 to 5']);
});

test('what comes again is counted and is no problem', async () => {
  const witness = new Witness();
  await witness.take(slice(0, 0, 1), nothing);
  await witness.take(slice(0, 1, 2), nothing, 'two');
  expect([witness.problems, witness.duplicates]).toEqual([[], 1]);
});
