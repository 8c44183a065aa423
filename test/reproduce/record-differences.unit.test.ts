// Proves that two trainings are compared by what decides them, that each difference is named with both values, and that times and metrics,
// which follow from the rest, are none.
import { expect, test } from 'vitest';
import { recordDifferences } from '../../client/reproduce/record-differences.ts';

const record = {
  seed: 1,
  parameters: { iterations: 10, boost: { loss: 'log_loss' } },
  data: { sha256: 'aa', rows: 5 },
  code: { 'train.py': 'bb' },
  versions: { python: '3.11.7', numpy: '2.3.5' },
  holdout: { metrics: { auc: 0.7 } },
};

test('the same record has none, whatever was measured', () => {
  expect(recordDifferences(record, { ...record, holdout: {}, took: 7 })).toEqual([]);
});

test('each difference is named, with both values', () => {
  const again = {
    ...record,
    seed: 2,
    parameters: { iterations: 10, boost: { loss: 'hinge', depth: null } },
    data: { sha256: 'ac', rows: 5 },
    code: {},
    versions: { python: '3.12.1', numpy: '2.3.5', pandas: '2.3.3' },
  };
  expect(recordDifferences(record, again)).toEqual([
    'seed was 1 and is 2',
    'parameter boost.loss was log_loss and is hinge',
    'parameter boost.depth was not recorded and is null',
    'data sha256 was aa and is ac',
    'code train.py was bb and is not recorded',
    'environment python was 3.11.7 and is 3.12.1',
    'environment pandas was not recorded and is 2.3.3',
  ]);
});
