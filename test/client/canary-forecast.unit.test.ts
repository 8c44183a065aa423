// Proves that a canary is forecast before it starts: a plan that cannot finish on the traffic it expects is refused with the
// reason and the way to mend it, one that can is shown with its times, and without `expect` nothing is said.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planForecasts, planText } from '../../client/cli/plan-text.ts';
import { compilePlan, digestOnly } from '../../client/compile-plan.ts';
import { problemText } from '../../client/problem.ts';
import { readReleaseFile, ReleaseFileError } from '../../client/release-file.ts';
import type { CanarySpec } from '../../contracts/plan.ts';
import { forecastCanary, minutesText } from '../../domain/canary/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-forecast-'));
  for (const name of ['model.onnx', 'signature.json']) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const spec: CanarySpec = {
  steps: [
    { weight: 10, minSamples: 300 },
    { weight: 50, minSamples: 600 },
  ],
  guards: [{ metric: 'log-loss', margin: 0.05 }],
  maxSecondsPerStep: 6 * 3600,
  alpha: 0.05,
  expect: { requestsPerMinute: 100, logLoss: { value: 0.5, deviation: 0.5 } },
};
const quick = (change: Partial<CanarySpec>, minBins?: unknown) =>
  forecastCanary({ ...spec, ...change }, minBins, createRandom(1), { quick: true })!;

describe('the forecast of a canary', () => {
  test('knows how long each step takes, and what the smaller arm is', () => {
    const { stepMinutes, longestMinutes, refuse } = quick({});
    expect(stepMinutes).toEqual([30]);
    expect(longestMinutes).toBe(30 + 360);
    expect(refuse).toBeNull();
    const steps = [
      { weight: 90, minSamples: 300 },
      { weight: 95, minSamples: 100 },
    ];
    expect(quick({ steps, labelDelaySeconds: 600 }).stepMinutes[0]).toBeCloseTo(40, 9);
  });

  test('promotes a harmless canary and finds a harmful one sooner the more harmful it is', () => {
    const { judged } = forecastCanary(spec, undefined, createRandom(1))!;
    expect(judged!.promote.finished).toBeGreaterThan(0.9);
    expect(judged!.falseAborts).toBeLessThan(0.1);
    const minutes = judged!.abort.map(({ medianMinutes }) => medianMinutes!);
    expect(minutes).toEqual([...minutes].sort((a, b) => b - a));
    expect(judged!.promote.medianMinutes!).toBeLessThan(390);
  });

  test('is the same each time', () => {
    expect(quick({})).toEqual(quick({}));
  });

  test('is not made without traffic to expect', () => {
    const { expect: _, ...silent } = spec;
    expect(forecastCanary(silent, undefined, createRandom(1))).toBeUndefined();
  });

  test('refuses a step that cannot see its samples in time', () => {
    const { refuse, mend, judged } = quick({
      expect: { requestsPerMinute: 1, logLoss: { value: 1, deviation: 1 } },
    });
    expect(judged).toBeNull();
    expect(refuse).toBe(
      'at 10 % it takes 50.0 h to see 300 labelled predictions in each arm, and a step may last 6.0 h',
    );
    expect(mend).toContain('maxTimePerStep');
  });

  test('refuses a last step without a baseline', () => {
    const steps = [{ weight: 100, minSamples: 10 }];
    expect(quick({ steps }).refuse).toContain('no caller is left for the baseline');
  });

  test('refuses a margin that cannot be proven in time', () => {
    const { refuse, mend } = quick({ guards: [{ metric: 'log-loss', margin: 0.0005 }] });
    expect(refuse).toMatch(/harmless canaries would be promoted within/);
    expect(mend).toContain('widen a margin');
  });

  test('refuses more bins than the time has', () => {
    expect(quick({ binSeconds: 3600 }).refuse).toContain('30 are required');
    expect(quick({ binSeconds: 3600 }, 5).refuse).toBeNull();
  });

  test('asks for what it must know of a guard', () => {
    const guards: CanarySpec['guards'] = [{ metric: 'errors', margin: 0.01 }];
    expect(quick({ guards })).toMatchObject({
      refuse: 'the guard errors cannot be forecast, because `expect` says nothing of it',
      mend: 'add `errorRate` to `expect`',
    });
  });

  test('says times as people do', () => {
    expect([40.2, 300, 10_000].map(minutesText)).toEqual(['41 min', '5.0 h', '6.9 d']);
  });
});

const file = (expectation: string, maxTimePerStep: string): string => `
apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: v1 }
spec:
  requester: rita
  people: { owner: [olga] }
  artifact: { path: model.onnx }
  serving: { fallback: { score: 0.2 } }
  steps:
    - gate: validation
      requires: { owner: 1 }
    - stage: canary
      canary:
        steps: [{ weight: 10, minSamples: 300 }, { weight: 50, minSamples: 600 }]
        guards: [{ metric: log-loss, margin: 0.05 }]
        maxTimePerStep: ${maxTimePerStep}
        ${expectation}
`;
const EXPECT = 'expect: { requestsPerMinute: 100, logLoss: { value: 0.5, deviation: 0.5 } }';

async function read(text: string) {
  const path = join(folder, 'release.yaml');
  await writeFile(path, text);
  return readReleaseFile(path);
}

describe('the release file', () => {
  test('is refused where the canary cannot finish, at the line of what it expects', async () => {
    const error = await read(file(EXPECT, '20m')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ReleaseFileError);
    const [problem, ...more] = (error as ReleaseFileError).problems;
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ severity: 'error', line: 18 });
    expect(problemText(problem!)).toContain(
      'on the expected traffic the canary cannot finish: at 10 % it takes 30 min to see 300 labelled predictions',
    );
  });

  test('is not judged by traffic that it does not name', async () => {
    expect((await read(file('', '20m'))).warnings).toEqual([]);
  });

  test('says in the plan that Kayenta’s judge is asked only to compare', async () => {
    const asked = file(`${EXPECT}\n        judge: mannwhitney`, '6h');
    const { plan, planRef } = await compilePlan(await read(asked), digestOnly);
    expect(planText(plan, planRef, planForecasts(plan))).toContain(
      'judge mannwhitney: reports also say what Kayenta’s judge would; the sequential judge decides',
    );
  });

  test('carries what it expects into the plan, and the plan shows the forecast', async () => {
    const { plan, planRef } = await compilePlan(await read(file(EXPECT, '6h')), digestOnly);
    const [, stage] = plan.steps;
    expect(stage).toMatchObject({
      canary: { expect: { requestsPerMinute: 100, logLoss: { value: 0.5, deviation: 0.5 } } },
    });
    const text = planText(plan, planRef, planForecasts(plan));
    expect(text).toMatch(/nothing worse: promoted after about \S+ min, \d+ % in time/);
    expect(text).not.toContain('mannwhitney');
    expect(text).toMatch(/log-loss worse: aborted after x1\.5 \d+ min, x2 \d+ min, x5 \d+ min/);
  });
});
