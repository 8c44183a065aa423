// Proves: a release file freezes to exactly the plan that it says, defaults included; the plan's digest is the digest of its
// canonical JSON; every file is in the evidence store; and a file that is not the one asked for is refused.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEvidence, sha256Of, type EvidenceStore } from '../../adapters/evidence/index.ts';
import { compilePlan, PlanDigestError } from '../../client/compile-plan.ts';
import { readReleaseFile } from '../../client/release-file.ts';
import type { Plan, Step } from '../../contracts/plan.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';

let folder: string;
let evidence: EvidenceStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seatrial-plan-'));
  for (const name of ['model.onnx', 'signature.json', 'golden.json', 'validation.parquet']) {
    await writeFile(join(folder, name), `content of ${name}`);
  }
  evidence = openEvidence(join(folder, 'evidence'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function compile(text: string) {
  const file = join(folder, 'release.yaml');
  await writeFile(file, text);
  return compilePlan(await readReleaseFile(file), evidence);
}

const ref = (name: string, mediaType: string) => {
  const content = `content of ${name}`;
  return { name, mediaType, sha256: sha256Of(content), bytes: content.length };
};

const MINIMAL = `
apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: v1 }
spec:
  requester: rita
  artifact: { path: model.onnx }
  serving: { fallback: { score: 0.2 } }
  steps: [{ stage: intake }]
`;

test('few fields are needed, and the defaults are safe', async () => {
  const { plan } = await compile(MINIMAL);
  expect(plan).toEqual({
    schema: 1,
    model: 'flights',
    version: 'v1',
    summary: 'flights v1',
    risk: 'medium',
    requester: 'rita',
    people: {},
    artifact: ref('model.onnx', 'application/onnx'),
    signature: ref('signature.json', 'application/json'),
    data: {},
    serving: { fallback: { score: 0.2 }, threshold: 0.5 },
    steps: [
      { kind: 'stage', name: 'intake', stage: 'intake', timeoutSeconds: 3_600, parameters: {}, checks: [] },
    ],
    rollback: { objectiveSeconds: 60 },
  } satisfies Plan);
});

test('every field finds its place in the plan, durations in seconds, hours and days', async () => {
  const { plan } = await compile(`
apiVersion: seatrial/v1
kind: Release
metadata: { model: flights, version: v2, summary: Better in summer }
spec:
  requester: rita
  risk: high
  people: { owner: [olga], model-risk: [max, mia] }
  artifact: { path: ./model.onnx, sha256: ${sha256Of('content of model.onnx')} }
  signature: { path: signature.json }
  data: { golden: { path: golden.json }, validation: { path: validation.parquet }, profile: { path: golden.json } }
  serving: { fallback: { score: 0.2 }, threshold: 0.4 }
  steps:
    - stage: sandbox
      timeout: 10m
      parameters: { runs: 5, slices: [carrier] }
      checks:
        - { metric: auc, min: 0.6, minSamples: 100 }
        - { name: smooth, metric: brier, max: 0.2, severity: warning }
    - gate: validation
      requires: { owner: 1, model-risk: 2 }
    - gate: canary
      requires: { owner: 1 }
      timeout: 90s
      onTimeout: approve
      preventSelfReview: false
    - stage: canary
      canary:
        steps: [{ weight: 10 }, { weight: 50, minSamples: 900 }]
        minSamples: 300
        guards:
          - { metric: latency, margin: 0.05, thresholdMs: 50 }
          - { metric: cost, margin: 1, cost: { falseNegative: 10, falsePositive: 1 } }
        maxTimePerStep: 2h
        judge: mannwhitney
        bin: 1h
        labelDelay: 12h
    - stage: our-own
      name: our-check
      taskQueue: our-queue
      startWithin: 3m
      timeout: 2d
      parameters: { anything: [1, { at: all }] }
  rollback: { objective: 30s }
  watch: { window: 12h }
  retraining:
    policy:
      coolDown: 36h
      approvers: owner
      signals: { data: { persistence: { windows: 2, of: 3 } }, fairness: { action: ignore } }
    guard: { maxPsi: 2, ownDecisionColumn: crew_called }
    window: 45d
    trainer: { command: [python, train.py], dataCommand: [data], timeout: 30m }
    next:
      steps:
        - { gate: validation, requires: { owner: 1, model-risk: 2 } }
        - { gate: canary, requires: { owner: 1 } }
        - { stage: canary, canary: { steps: [{ weight: 10 }], guards: [{ metric: errors, margin: 0.1 }] } }
  lineage: { code: abc }
`);
  expect(plan).toEqual({
    schema: 1,
    model: 'flights',
    version: 'v2',
    summary: 'Better in summer',
    risk: 'high',
    requester: 'rita',
    people: { owner: ['olga'], 'model-risk': ['max', 'mia'] },
    artifact: ref('model.onnx', 'application/onnx'),
    signature: ref('signature.json', 'application/json'),
    data: {
      golden: ref('golden.json', 'application/json'),
      validation: ref('validation.parquet', 'application/vnd.apache.parquet'),
      profile: ref('golden.json', 'application/json'),
    },
    serving: { fallback: { score: 0.2 }, threshold: 0.4 },
    steps: [
      {
        kind: 'stage',
        name: 'sandbox',
        stage: 'sandbox',
        timeoutSeconds: 600,
        parameters: { runs: 5, slices: ['carrier'] },
        checks: [
          { name: 'auc', metric: 'auc', min: 0.6, severity: 'blocking', minSamples: 100 },
          { name: 'smooth', metric: 'brier', max: 0.2, severity: 'warning' },
        ],
      },
      {
        kind: 'gate',
        name: 'validation',
        requirements: [
          { role: 'owner', requiredApproverCount: 1 },
          { role: 'model-risk', requiredApproverCount: 2 },
        ],
        timeoutSeconds: 172_800,
        onTimeout: 'reject',
        preventSelfReview: true,
      },
      {
        kind: 'gate',
        name: 'canary',
        requirements: [{ role: 'owner', requiredApproverCount: 1 }],
        timeoutSeconds: 90,
        onTimeout: 'approve',
        preventSelfReview: false,
      },
      {
        kind: 'stage',
        name: 'canary',
        stage: 'canary',
        timeoutSeconds: 604_800,
        parameters: {},
        checks: [],
        canary: {
          steps: [
            { weight: 10, minSamples: 300 },
            { weight: 50, minSamples: 900 },
          ],
          guards: [
            { metric: 'latency', margin: 0.05, thresholdMs: 50 },
            { metric: 'cost', margin: 1, cost: { falseNegative: 10, falsePositive: 1 } },
          ],
          maxSecondsPerStep: 7_200,
          alpha: 0.05,
          judge: 'mannwhitney',
          binSeconds: 3_600,
          labelDelaySeconds: 43_200,
        },
      },
      {
        kind: 'stage',
        name: 'our-check',
        stage: 'our-own',
        taskQueue: 'our-queue',
        startWithinSeconds: 180,
        timeoutSeconds: 172_800,
        parameters: { anything: [1, { at: 'all' }] },
        checks: [],
      },
    ],
    rollback: { objectiveSeconds: 30 },
    watch: {
      windowHours: 12,
      minRows: 1_000,
      psi: 0.2,
      logLossIncrease: 0.05,
      aucDecrease: 0.05,
      persistence: 2,
    },
    retraining: {
      policy: {
        minSeverity: 'critical',
        coolDownHours: 36,
        budgetPer30Days: 2,
        budgetPerDay: 1,
        beyondBudget: 'hold',
        runStrategy: 'first-only',
        approvers: ['olga'],
        signals: {
          data: { action: 'retrain', persistence: { windows: 2, of: 3 } },
          prediction: { action: 'retrain' },
          concept: { action: 'retrain' },
          performance: { action: 'retrain' },
          calibration: { action: 'retrain' },
          fairness: { action: 'ignore' },
          quality: { action: 'incident', minSeverity: 'warning' },
          feedback: { action: 'incident' },
        },
        version: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
      },
      guard: {
        outcome: 'held',
        maxPsi: 2,
        maxLabelRateChange: 0.2,
        maxDuplicateShare: 0.2,
        ownDecisionColumn: 'crew_called',
        maxOwnDecisionShare: 0.2,
        maxTrustedLogLossIncrease: 0.02,
        labelColumn: 'late',
      },
      trainer: {
        command: ['python', 'train.py'],
        dataCommand: ['data'],
        cwd: folder,
        seed: 0,
        arguments: [],
        timeoutSeconds: 1_800,
      },
      windowDays: 45,
      next: {
        steps: [
          expect.objectContaining({ kind: 'gate', name: 'validation' }) as Step,
          expect.objectContaining({ kind: 'gate', name: 'canary', timeoutSeconds: 172_800 }) as Step,
          expect.objectContaining({ kind: 'stage', stage: 'canary', timeoutSeconds: 604_800 }) as Step,
        ],
      },
    },
    lineage: { code: 'abc' },
  } satisfies Plan);
});

test('the plan and its files are evidence, and compiling again gives the same digest', async () => {
  const { plan, planRef } = await compile(MINIMAL);
  const stored = await evidence.get(planRef);
  expect(stored.toString('utf8')).toBe(canonicalJson(plan));
  expect(planRef).toEqual({
    name: 'plan.json',
    mediaType: 'application/json',
    sha256: sha256Of(stored),
    bytes: stored.length,
  });
  expect((await evidence.get(plan.artifact)).toString()).toBe('content of model.onnx');
  expect((await compile(`# another comment\n${MINIMAL}`)).planRef).toEqual(planRef);
  expect((await compile(MINIMAL.replace('0.2', '0.3'))).planRef.sha256).not.toBe(planRef.sha256);
});

test('a file that is not the one asked for is refused', async () => {
  const text = MINIMAL.replace('model.onnx }', `model.onnx, sha256: ${'a'.repeat(64)} }`);
  await expect(compile(text)).rejects.toThrow(PlanDigestError);
  await expect(compile(text)).rejects.toThrow(
    /spec\.artifact\.path: .*model\.onnx has the digest [0-9a-f]{64}, and the release file asks for a{64}/,
  );
});
