/** Mutation testing of the judge. `bench/judge/mutation.ts` runs it and keeps the counts; see CONTRIBUTING.md. */
export const options = {
  testRunner: 'judge',
  plugins: ['./bench/judge/mutation-runner.mjs'],
  mutate: ['domain/judge/*.ts', '!domain/judge/index.ts'],
  // Words for people are not behaviour, and the words that decide (`fail`, `rate`) are types that the compiler holds.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  // What is computed once when a file is loaded would need every test; the counts show how many these are.
  ignoreStatic: true,
  concurrency: 1,
  // Endless loops are found by counting. The clock is a last resort, and must not take a busy machine for a mutant.
  timeoutMS: 20_000,
  timeoutFactor: 4,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  tempDirName: '.cache/stryker',
  ignorePatterns: ['.seatrial', '.cache', 'reports', 'adapters', 'examples', 'docs', 'stack', 'services'],
  thresholds: { high: 90, low: 80, break: null },
};
export { options as default };
