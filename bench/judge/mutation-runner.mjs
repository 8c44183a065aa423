// @ts-check
/**
 * A test runner for Stryker that keeps the judge's tests loaded and runs them in its own process, quickest first, until one
 * fails. Stryker's own runner for vitest begins a new thread and loads every file again for each mutant, which took ten
 * times as long as the tests. This holds because the judge is pure: no test leaves anything behind for the next.
 *
 * The tests stay vitest's: they find `describe`, `it` and vitest's own assertions under the name `vitest`.
 */
import { readdirSync } from 'node:fs';
import { register as registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { register as registerTypeScript } from 'tsx/esm/api';

/** Simulations and searches would run once for every mutant; those of the forecast run for the forecast alone. */
const LEFT_OUT = [
  'traps',
  'properties',
  ...(process.env.SEATRIAL_MUTATE_FORECAST === 'on' ? [] : ['forecast']),
];

/** @typedef {{ id: string, name: string, body: () => unknown, milliseconds: number }} Test */

class JudgeTestRunner {
  static inject = /** @type {const} */ ([]);

  constructor() {
    /** What the changed code looks at: which mutant is active, which test covers what. */
    this.shared = /** @type {any} */ (globalThis)[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    /** @type {Test[]} */
    this.tests = [];
  }

  /** Mutants are active in tests alone (`ignoreStatic`) and leave nothing behind, so there is never anything to load again. */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const { testsAs } = await import('./mutation-vitest.mjs');
    const hook = `export const resolve = (name, context, next) => name === 'vitest'
      ? { url: ${JSON.stringify(new URL('./mutation-vitest.mjs', import.meta.url).href)}, shortCircuit: true }
      : next(name, context);`;
    registerTypeScript();
    registerHooks(`data:text/javascript,${encodeURIComponent(hook)}`);
    const folder = resolve('test/judge');
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.unit.test.ts'))) {
      if (LEFT_OUT.includes(file.replace('.unit.test.ts', ''))) continue;
      const found = await testsAs(file, () => import(pathToFileURL(`${folder}/${file}`).href));
      this.tests.push(...found.map((test) => ({ ...test, milliseconds: 0 })));
    }
  }

  async dryRun() {
    this.shared.activeMutant = undefined;
    const tests = [];
    for (const test of this.tests) {
      this.shared.currentTestId = test.id;
      const result = await run(test);
      test.milliseconds = result.timeSpentMs;
      tests.push(result);
    }
    this.shared.currentTestId = undefined;
    this.tests.sort((a, b) => a.milliseconds - b.milliseconds);
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.shared.mutantCoverage };
  }

  /** @param {import('@stryker-mutator/api/test-runner').MutantRunOptions} options */
  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    Object.assign(this.shared, {
      activeMutant: activeMutant.id,
      hitCount: hitLimit === undefined ? undefined : 0,
      hitLimit,
    });
    const tests = [];
    for (const test of this.tests) {
      if (testFilter !== undefined && !testFilter.includes(test.id)) continue;
      const result = await run(test);
      tests.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    const endless = determineHitLimitReached(this.shared.hitCount, this.shared.hitLimit);
    this.shared.activeMutant = undefined;
    return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests });
  }
}

/**
 * @param {Test} test
 * @returns {Promise<import('@stryker-mutator/api/test-runner').TestResult>}
 */
async function run({ id, name, body }) {
  const started = performance.now();
  try {
    await body();
    return { id, name, status: TestStatus.Success, timeSpentMs: performance.now() - started };
  } catch (error) {
    const failureMessage = error instanceof Error ? error.message : String(error);
    return { id, name, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - started };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'judge', JudgeTestRunner)];
