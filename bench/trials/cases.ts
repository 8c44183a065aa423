import { appendFile, chmod } from 'node:fs/promises';
import type { ActivityContext } from '../../activities/context.ts';
import { shadow } from '../../activities/stages/index.ts';
import { keyedMask } from '../../activities/stages/shadow/mask.ts';
import type { Mask } from '../../activities/stages/shadow/mask.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { StageActivity } from '../../contracts/activities.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, StageStep, WatchSpec } from '../../contracts/plan.ts';
import { graph, model, tensor } from '../../test/activities/onnx-bytes.ts';

/** Flaws of a serving process that `test/fixtures/flawed-serving.ts` has. */
export type Flaw = 'leak' | 'crash' | 'wedge' | 'errors' | 'stubborn';

export interface Tools {
  readonly evidence: EvidenceStore;
  readonly python: string;
}

/** One set-up: the example's release with another model, and at most one thing changed. */
export interface Case {
  readonly name: string;
  /** What is wrong with it, or why it is right, for people. */
  readonly what: string;
  /** Its model's name in `models.py`, and what that was trained on; the earlier months unless given. */
  readonly model: string;
  readonly data?: 'later';
  /** The earliest stage that can see the defect; null for a good one. */
  readonly stage: string | null;
  readonly change?: (plan: Plan, tools: Tools) => Plan | Promise<Plan>;
  /** Done to the evidence store after the plan is frozen. */
  readonly tamper?: (plan: Plan, tools: Tools) => Promise<void>;
  readonly flaw?: Flaw;
  /** Stages done in another way than ours. */
  readonly activities?: (context: ActivityContext) => Record<string, StageActivity>;
}

/** The plan with one stage's step changed. */
function withStep(plan: Plan, stage: string, change: (step: StageStep) => StageStep): Plan {
  return {
    ...plan,
    steps: plan.steps.map((step) => (step.kind === 'stage' && step.stage === stage ? change(step) : step)),
  };
}

function withParameters(plan: Plan, stage: string, more: JsonObject): Plan {
  return withStep(plan, stage, (step) => ({ ...step, parameters: { ...step.parameters, ...more } }));
}

const withWatch = (plan: Plan, more: Partial<WatchSpec>): Plan =>
  plan.watch ? { ...plan, watch: { ...plan.watch, ...more } } : plan;

const artifactOf =
  (bytes: Uint8Array) =>
  async (plan: Plan, { evidence }: Tools): Promise<Plan> => ({
    ...plan,
    artifact: await evidence.put(bytes, { name: 'model.onnx', mediaType: 'application/onnx' }),
  });

const drillModes = (plan: Plan): Record<string, JsonObject> => {
  const drill = plan.steps.find((step) => step.kind === 'stage' && step.stage === 'incident-drill');
  return (drill as StageStep).parameters['failureModes'] as Record<string, JsonObject>;
};

const good: readonly Case[] = [
  { name: 'plain', what: 'as the example has it', model: 'plain', stage: null },
  { name: 'later', what: 'trained on two other months', model: 'plain', data: 'later', stage: null },
  { name: 'longer', what: 'twice as many trees', model: 'longer', stage: null },
  { name: 'shorter', what: 'half as many trees', model: 'shorter', stage: null },
  { name: 'milder', what: 'a little less sure of itself', model: 'milder', stage: null },
  { name: 'bolder', what: 'a little surer of itself', model: 'bolder', stage: null },
];

/** A number of trees that depends on the time of day: an honest budget, and a model nobody makes again. */
const byTheClock = (plan: Plan): Plan => {
  const { retraining } = plan;
  if (!retraining) return plan;
  const { trainer } = retraining;
  const script = `exec "$0" "$@" --iterations $(( 21 + $(date +%s) % 20 ))`;
  return {
    ...plan,
    retraining: {
      ...retraining,
      trainer: { ...trainer, command: ['sh', '-c', script, ...trainer.command], arguments: [] },
    },
  };
};

const bad: readonly Case[] = [
  {
    name: 'tampered-artifact',
    what: 'one byte more than the plan froze',
    model: 'plain',
    stage: 'intake',
    tamper: async ({ artifact }, { evidence }) => {
      const path = await evidence.path(artifact);
      await chmod(path, 0o644);
      await appendFile(path, ' ');
    },
  },
  {
    name: 'pickle',
    what: 'a pickle, which runs code when it is loaded',
    model: 'plain',
    stage: 'intake',
    change: artifactOf(
      Buffer.from(
        '\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.',
        'latin1',
      ),
    ),
  },
  {
    name: 'external-data',
    what: 'weights in a file outside of its folder',
    model: 'plain',
    stage: 'intake',
    change: artifactOf(model({ graphs: [graph({ initializers: [tensor('../../etc/passwd')] })] })),
  },
  {
    name: 'cut-off',
    what: 'the file ends in its middle',
    model: 'plain',
    stage: 'intake',
    change: async (plan, tools) => {
      const whole = await tools.evidence.get(plan.artifact);
      return artifactOf(whole.subarray(0, whole.length / 2))(plan, tools);
    },
  },
  { name: 'wrong-output', what: 'answers in per cent', model: 'percent', stage: 'intake' },
  {
    name: 'other-inputs',
    what: 'inputs that its signature does not declare',
    model: 'plain',
    stage: 'intake',
    change: async (plan, { evidence }) => {
      const signature = await evidence.getJson<{ inputs: { name: string }[] }>(plan.signature);
      const fewer = { ...signature, inputs: signature.inputs.filter(({ name }) => name !== 'weekday') };
      return { ...plan, signature: await evidence.put(JSON.stringify(fewer), plan.signature) };
    },
  },
  { name: 'non-deterministic', what: 'noise in each answer', model: 'random', stage: 'sandbox' },
  {
    name: 'looks-at-its-batch',
    what: 'answers depend on the other rows',
    model: 'looks-at-its-batch',
    stage: 'sandbox',
  },
  {
    name: 'another-training',
    what: 'not the model whose golden answers it has',
    model: 'plain',
    stage: 'sandbox',
    change: async (plan, { evidence }) => {
      const golden = await evidence.getJson<{ rows: { probabilities: number[] }[] }>(plan.data['golden']!);
      for (const row of golden.rows) row.probabilities = [0.77, 0.23];
      const ref = await evidence.put(JSON.stringify(golden), plan.data['golden']!);
      return { ...plan, data: { ...plan.data, golden: ref } };
    },
  },
  { name: 'learnt-nothing', what: 'trained on shuffled labels', model: 'shuffled', stage: 'sandbox' },
  { name: 'label-leakage', what: 'the label is in a feature', model: 'leaky', stage: 'sandbox' },
  { name: 'overfitted', what: 'learnt 3,000 rows by heart', model: 'overfitted', stage: 'sandbox' },
  { name: 'miscalibrated', what: 'far too sure of itself', model: 'overconfident', stage: 'sandbox' },
  { name: 'unfair', what: 'the wrong way round for one carrier', model: 'unfair', stage: 'sandbox' },
  {
    name: 'no-number',
    what: 'not a number where a value is missing',
    model: 'nothing-where-missing',
    stage: 'sandbox',
  },
  {
    name: 'unknown-category',
    what: 'an error at a carrier that it never saw',
    model: 'brittle-to-categories',
    stage: 'sandbox',
  },
  { name: 'slow', what: 'slow under load', model: 'slow', stage: 'sandbox' },
  {
    name: 'not-repeatable',
    what: 'its training gives another model each time',
    model: 'plain',
    stage: 'sandbox',
    change: byTheClock,
  },
  {
    name: 'brittle-to-noise',
    what: 'right only at the exact values of its source',
    model: 'exact-values',
    stage: 'synthetic',
  },
  {
    name: 'brittle-to-missing',
    what: 'the wrong way round where a reading is missing',
    model: 'opposite-where-missing',
    stage: 'synthetic',
  },
  {
    name: 'leak',
    what: 'serving keeps 64 KiB of each request',
    model: 'plain',
    stage: 'resilience',
    flaw: 'leak',
  },
  {
    name: 'crash',
    what: 'serving ends at a body that is not JSON',
    model: 'plain',
    stage: 'resilience',
    flaw: 'crash',
  },
  {
    name: 'wedge',
    what: 'serving answers no more after a burst',
    model: 'plain',
    stage: 'resilience',
    flaw: 'wedge',
  },
  {
    name: 'errors',
    what: 'serving answers 500 to what is too large',
    model: 'plain',
    stage: 'resilience',
    flaw: 'errors',
  },
  {
    name: 'alarms-too-late',
    what: 'a watch whose limits nothing reaches before the model is useless',
    model: 'plain',
    stage: 'drift-rehearsal',
    change: (plan) => withWatch(plan, { psi: 50, logLossIncrease: 5, aucDecrease: 0.9 }),
  },
  {
    name: 'alarms-always',
    what: 'a watch whose limits any week breaks',
    model: 'plain',
    stage: 'drift-rehearsal',
    change: (plan) => withWatch(plan, { psi: 0.001, logLossIncrease: 0, aucDecrease: 0 }),
  },
  {
    name: 'dangling-digest',
    what: 'its lineage names data that nobody has',
    model: 'plain',
    stage: 'governance',
    change: (plan) => ({ ...plan, lineage: { data: { sha256: 'f'.repeat(64), rows: 48_000 } } }),
  },
  {
    name: 'missing-runbook',
    what: 'nothing written for the day when a replica is lost',
    model: 'plain',
    stage: 'incident-drill',
    change: (plan) => {
      const { 'runbook-replica-loss': _, ...data } = plan.data;
      return { ...plan, data };
    },
  },
  {
    name: 'failing-runbook',
    what: 'a runbook whose command ends with an error',
    model: 'plain',
    stage: 'incident-drill',
    change: async (plan, { evidence }) => {
      const text = '# Spike\n\n```sh run\nfalse\n```\n';
      const runbook = await evidence.put(text, { name: 'runbook.md', mediaType: 'text/markdown' });
      return { ...plan, data: { ...plan.data, 'runbook-latency-spike': runbook } };
    },
  },
  {
    name: 'unwatched-failure',
    what: 'a failure that no runbook covers',
    model: 'plain',
    stage: 'incident-drill',
    change: (plan) => {
      const { 'data-source-loss': _, ...failureModes } = drillModes(plan);
      return withParameters(plan, 'incident-drill', { failureModes });
    },
  },
  {
    name: 'no-rollback',
    what: 'the gateway says yes to a rollback and serves on',
    model: 'plain',
    stage: 'incident-drill',
    flaw: 'stubborn',
  },
  {
    name: 'other-in-boston',
    what: 'disagrees with the champion on flights to Boston, too few for the slices of the sandbox',
    model: 'other-in-boston',
    stage: 'shadow',
    change: (plan) => withParameters(plan, 'shadow', { minRequests: 1500, sliceMinRows: 30 }),
  },
  {
    name: 'personal-data',
    what: 'what shadow stores is not masked, and holds addresses of callers',
    model: 'plain',
    stage: 'shadow',
    activities: (context) => ({ shadow: shadow(context, openMask) }),
  },
  {
    name: 'layer-budget',
    what: 'the budget of one layer is broken',
    model: 'plain',
    stage: 'shadow',
    change: (plan) =>
      withParameters(plan, 'shadow', { budgets: { network: 5000, gateway: 5000, model: 0.001 } }),
  },
  {
    name: 'unsigned-item',
    what: 'an item of the release check list is signed by who asked for the release',
    model: 'plain',
    stage: 'pre-production',
    change: (plan) =>
      withParameters(plan, 'pre-production', {
        checklist: [{ item: 'The on-call rota covers the first week', signedBy: plan.requester }],
      }),
  },
  {
    name: 'metric-nobody-emits',
    what: 'the monitoring plan counts on a metric that nothing emits',
    model: 'plain',
    stage: 'pre-production',
    change: (plan) =>
      withParameters(plan, 'pre-production', { monitoring: { metrics: ['answers_by_oracle_total'] } }),
  },
];

/** Lets every value through. */
const openMask = (...given: Parameters<typeof keyedMask>): Mask => ({
  ...keyedMask(...given),
  value: (_, value) => value,
});

export const cases: readonly Case[] = [...good, ...bad];
