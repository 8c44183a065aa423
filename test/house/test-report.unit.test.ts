// Proves: the last line of a test run counts what vitest reports, and nothing that went wrong is counted as well.
import { expect, test } from 'vitest';
import { countOf, lineOf, noTests, sum } from './test-report.ts';
import type { TestReport } from './test-report.ts';

function report(files: Record<string, string[]>, broken: string[] = []): TestReport {
  const all = Object.values(files).flat();
  const count = (status: string): number => all.filter((one) => one === status).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    testResults: [
      ...Object.values(files).map((statuses) => ({
        status: statuses.includes('failed') ? 'failed' : 'passed',
        assertionResults: statuses.map((status) => ({ status })),
      })),
      ...broken.map(() => ({ status: 'failed', assertionResults: [] })),
    ],
  };
}

test('all passed', () => {
  expect(lineOf(countOf(report({ a: ['passed', 'passed'] }), 0))).toBe('2 passed, 0 failed');
});

test('skipped tests are said, and only then', () => {
  expect(lineOf(countOf(report({ a: ['passed', 'pending', 'todo'] }), 0))).toBe(
    '1 passed, 0 failed, 2 skipped',
  );
});

test('a failed test counts once, whatever the exit code', () => {
  expect(countOf(report({ a: ['passed', 'failed'] }), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a file that could not be loaded is a failure', () => {
  expect(countOf(report({ a: ['passed'] }, ['b']), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a bad end without a failed test is a failure', () => {
  expect(countOf(report({ a: ['passed'] }), 1).failed).toBe(1);
  expect(countOf(report({ a: ['passed'] }), null).failed).toBe(1);
});

test('no report is a failure', () => {
  expect(countOf(null, 0).failed).toBe(1);
});

test('projects add up', () => {
  const unit = countOf(report({ a: ['passed', 'failed'] }), 1);
  const int = countOf(report({ b: ['passed', 'pending'] }), 0);
  expect(lineOf([unit, int].reduce(sum, noTests))).toBe('2 passed, 1 failed, 1 skipped');
});
