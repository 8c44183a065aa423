// Proves that lint tells of every file that the stage governance is to look at and that the plan does not have.
import { expect, test } from 'vitest';
import { checkGovernance } from '../../client/governance-checks.ts';

const file = { path: 'somewhere.parquet' };
const spec = (parameters: object, data: object): Parameters<typeof checkGovernance>[0] =>
  ({ steps: [{ stage: 'governance', parameters, checks: [] }], data }) as unknown as Parameters<
    typeof checkGovernance
  >[0];
const parameters = {
  privacy: {
    released: ['released'],
    masked: { crew: { dictionary: 'crews' }, tail: { digits: 3 } },
    linkage: { table: 'outside' },
    tables: [{ file: 'counts', count: 'n' }],
    canaries: { file: 'canaries' },
    twin: 'twin',
  },
  mlTestScore: { attested: { 'data-2': 'ablation' } },
};
const names = ['released', 'crews', 'outside', 'counts', 'canaries', 'twin', 'ablation'];

test('every file that is not there is named, with its place and the name that was probably meant', () => {
  const problems = checkGovernance(spec(parameters, { release: file }), ['spec', 'steps']);
  expect(problems.map(({ what }) => what)).toEqual(names.map((name) => `spec.data has no file ${name}`));
  expect(problems[0]).toMatchObject({
    path: ['spec', 'steps', 0, 'parameters', 'privacy', 'released', 0],
    didYouMean: 'release',
  });
});

test('nothing is said where all are there, and nothing more where the parameters are wrong', () => {
  const all = Object.fromEntries(names.map((name) => [name, file]));
  expect(checkGovernance(spec(parameters, all), ['spec', 'steps'])).toEqual([]);
  expect(checkGovernance(spec({ privacy: { kk: 1 } }, {}), ['spec', 'steps'])).toEqual([]);
});
