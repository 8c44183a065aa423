// @ts-check
/** What the judge's tests find under the name `vitest` while mutants are tried, see mutation-runner.mjs. */
import { format } from 'node:util';
import { chai, expect as original } from 'vitest';

/** @typedef {{ id: string, name: string, body: () => unknown }} Test */

/** @type {string[]} */
const names = [];
/** @type {Test[]} */
let tests = [];

/** @param {string} name @param {() => void} body */
export function describe(name, body) {
  names.push(name);
  body();
  names.pop();
}

/** @param {string} name @param {() => unknown} body */
export function it(name, body) {
  const full = [...names, name].join(' > ');
  tests.push({ id: full, name: full, body });
}

/** @param {readonly unknown[]} cases */
it.each = (cases) => (/** @type {string} */ name, /** @type {(...args: any[]) => unknown} */ body) => {
  cases.forEach((value, i) => {
    const args = Array.isArray(value) ? value : [value];
    it(`${i}: ${format(name, ...args)}`, () => body(...args));
  });
};

/** vitest's assertions, without the running test that vitest would attach them to. */
export const expect = Object.assign((/** @type {unknown} */ value) => chai.expect(value), {
  closeTo: original.closeTo,
});

/**
 * The tests that a file registers when it is loaded.
 *
 * @param {string} file
 * @param {() => Promise<unknown>} load
 * @returns {Promise<Test[]>}
 */
export async function testsAs(file, load) {
  tests = [];
  names.length = 0;
  names.push(file);
  await load();
  return tests;
}
