import { defineConfig } from 'vitest/config';

/**
 * The tests that mutation testing runs against each change of the judge, see `bench/judge/mutation.ts`: the quick ones.
 * Simulations stay out, since they would run once for every mutant; those of the forecast run for the forecast alone.
 */
const forecast = process.env['SEATRIAL_MUTATE_FORECAST'] === 'on' ? [] : ['test/judge/forecast.unit.test.ts'];

export default defineConfig({
  test: {
    include: ['test/judge/*.unit.test.ts'],
    exclude: ['test/judge/traps.unit.test.ts', ...forecast],
    testTimeout: 20_000,
    pool: 'threads',
    isolate: false,
  },
});
