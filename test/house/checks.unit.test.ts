// Proves: what `npm run verify` checks cheaply holds for the tree as it is, and the search for foreign names finds them.
import { expect, test } from 'vitest';
import { cheapChecks, foreignName } from './checks.ts';

test.each(cheapChecks.map((check) => [check.name, check] as const))('%s', async (_, check) => {
  expect(await check.run()).toEqual([]);
});

test.each([
  ['a registry', `see https://pypi${'.org'}/project/x`],
  ['a folder of one machine', `cd /${'work'}/main`],
  ['a home folder', `"/${'root'}/.npmrc"`],
  ['the end of a line', `cd /${'root'}`],
])('a text that names %s is found', (_, text) => {
  expect(foreignName(text)).toBeDefined();
});

test.each(['/work-desk.ts', 'https://example.org/work/x', '../work/x', '${here}/root/x', 'network/root'])(
  'a text that names %s is not',
  (text) => {
    expect(foreignName(`a ${text} b`)).toBeUndefined();
  },
);
