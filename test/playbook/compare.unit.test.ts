// Proves: every way in which an override lets more through is found and called weaker, in a sentence that names the playbook's value
// and the file's; the way back is called stricter; and what is the same is no change.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../contracts/json.ts';
import type {
  CanarySpec,
  CheckSpec,
  GateStep,
  ReviewSpec,
  StageStep,
  Step,
  WatchSpec,
} from '../../contracts/plan.ts';
import { stageParameters } from '../../contracts/schemas/stage-parameters.ts';
import { parameterDirection } from '../../domain/playbook/directions.ts';
import { compareRules, type PlanRules } from '../../domain/playbook/index.ts';
import { gate, stage } from '../support/plans.ts';

const check: CheckSpec = { name: 'auc', metric: 'auc', min: 0.6, severity: 'blocking', minSamples: 1000 };
const canary: CanarySpec = {
  steps: [
    { weight: 5, minSamples: 500 },
    { weight: 50, minSamples: 2500 },
  ],
  guards: [
    { metric: 'log-loss', margin: 0.03 },
    { metric: 'latency', margin: 0.05, thresholdMs: 250 },
  ],
  maxSecondsPerStep: 86_400,
  alpha: 0.05,
};
const review: ReviewSpec = {
  soak: { seconds: 3_600, labelled: 500, eventSeconds: 0, atMostSeconds: 7_200 },
  actions: { owner: 'owner', dueSeconds: 86_400 },
};
const watch: WatchSpec = {
  windowHours: 168,
  minRows: 500,
  psi: 0.2,
  logLossIncrease: 0.05,
  aucDecrease: 0.05,
  persistence: 2,
  groups: ['sex', 'age'],
  calibrationError: 0.02,
};
const parameters: Record<string, JsonObject> = {
  sandbox: { runs: 3, goldenTolerance: 1e-5, trainAgain: true, slices: ['a', 'b'] },
  synthetic: {
    quality: { metric: 'auc', floor: 0.6 },
    perturbations: { noise: {}, missing: {} },
    twin: { k: 5 },
    load: { latencyMs: 250, sustain: 4 },
  },
  resilience: {
    minAvailability: 0.99,
    faults: { burst: { calls: 100 }, drop: { share: 0.25 } },
    memory: { maxLeak: 20 },
  },
  'drift-rehearsal': {
    quality: { metric: 'log-loss', floor: 0.6 },
    maxMissed: 0.5,
    minFalseAlarmWindows: 2,
    scenarios: { gradual: true },
  },
  governance: {
    fairness: { groups: ['sex'], limits: { 'demographic-parity': { max: 0.1, severity: 'blocking' } } },
    privacy: { k: 11, l: 2, membership: { maxTruePositiveRate: 0.03 }, released: ['validation'] },
    mlTestScore: { min: 2 },
    packs: ['eu-ai-act', 'sr-26-2'],
  },
  'incident-drill': {
    alertSeconds: 30,
    minDegraded: 0.9,
    alertLog: true,
    failureModes: { 'replica-loss': { runbook: 'one' } },
  },
  shadow: {
    minRequests: 1000,
    maxFlipRate: 0.1,
    confidence: 0.95,
    budgets: { model: 100 },
    personal: ['name'],
    notPersonal: [],
    maxSeconds: 100,
    logLossMargin: 0.02,
    masking: 'drop',
  },
  'pre-production': {
    peak: { multiple: 3 },
    maxLost: 0.001,
    monitoring: { alerts: ['replica-down'] },
    checklist: [{ item: 'peak', check: 'peak' }, { item: 'rota' }],
  },
  'their-own': { maxHarm: 1, colour: 'red' },
};
const base: PlanRules = {
  risk: 'high',
  rollback: { objectiveSeconds: 60 },
  steps: [
    ...Object.entries(parameters).map(([name, given]) =>
      stage(name, { parameters: given, ...(name === 'sandbox' ? { checks: [check] } : {}) }),
    ),
    gate('release', { business: 1, 'model-risk': 2 }),
    stage('canary', { canary, parameters: { balance: ['origin'], minBins: 12 } }),
    stage('production'),
    stage('review', { review }),
  ],
  watch,
  retraining: {
    policy: { approvers: 'model-risk', budgetPer30Days: 1, coolDownHours: 24 },
    guard: { maxPsi: 1, maxDuplicateShare: 0.1 },
  },
};

type Change = (rules: PlanRules) => PlanRules;
const step =
  (name: string, kind: Step['kind'], change: (one: Step) => Step): Change =>
  (rules) => ({
    ...rules,
    steps: rules.steps.map((one) => (one.name === name && one.kind === kind ? change(one) : one)),
  });
const onStage = (name: string, more: Partial<StageStep>): Change =>
  step(name, 'stage', (one) => ({ ...(one as StageStep), ...more }));
const onGate = (more: Partial<GateStep>): Change =>
  step('release', 'gate', (one) => ({ ...(one as GateStep), ...more }));
const onCheck = (more: Partial<CheckSpec>): Change => onStage('sandbox', { checks: [{ ...check, ...more }] });
const onCanary = (more: Partial<CanarySpec>): Change => onStage('canary', { canary: { ...canary, ...more } });
const onReview = (more: Partial<ReviewSpec>): Change => onStage('review', { review: { ...review, ...more } });
const onWatch =
  (more: Partial<WatchSpec>): Change =>
  (rules) => ({ ...rules, watch: { ...watch, ...more } });
/** Sets a parameter by its path; undefined takes it out. */
const set = (name: string, path: string, value: unknown): Change =>
  step(name, 'stage', (one) => {
    const given = structuredClone((one as StageStep).parameters) as Record<string, unknown>;
    const keys = path.split('.');
    const inner = keys.slice(0, -1).reduce((block, key) => block[key] as Record<string, unknown>, given);
    if (value === undefined) delete inner[keys.at(-1)!];
    else inner[keys.at(-1)!] = value;
    return { ...(one as StageStep), parameters: given as JsonObject };
  });
const without =
  (name: string, kind: Step['kind'] = 'stage'): Change =>
  (rules) => ({
    ...rules,
    steps: rules.steps.filter((one) => one.name !== name || one.kind !== kind),
  });

const changes = (change: Change) => compareRules(base, change(base), { of: 'credit' });
const found = (change: Change): string[] => changes(change).map(({ effect, text }) => `${effect}: ${text}`);
const back = (change: Change): string[] =>
  compareRules(change(base), base, { of: 'theirs' }).map(({ effect }) => effect);

test('what is the same is no change', () => {
  expect(found((rules) => structuredClone(rules))).toEqual([]);
});

// What is changed, the sentence of it, and whether the way back is stricter.
const weaker: [what: string, change: Change, sentence: string, back?: string][] = [
  ['a stage left out', without('resilience'), 'the stage `resilience` is left out, where `credit` has it'],
  ['a gate left out', without('release', 'gate'), 'the gate `release` is left out, where `credit` has it'],
  [
    'a stage skipped',
    onStage('shadow', { skip: { reason: 'no time', approvedBy: 'max' } }),
    '`shadow` is skipped, signed for by max (no time), where `credit` has it',
    'none',
  ],
  [
    'a limit from below lowered',
    onCheck({ min: 0.55 }),
    '`sandbox` asks auc to be at least 0.55 where `credit` asks for at least 0.6',
  ],
  [
    'a limit taken away',
    onStage('sandbox', {
      checks: [{ name: 'auc', metric: 'auc', max: 0.9, severity: 'blocking', minSamples: 1000 }],
    }),
    '`sandbox` lets auc be anything, where `credit` asks for at least 0.6',
  ],
  [
    'a check left out',
    onStage('sandbox', { checks: [] }),
    '`sandbox` does without the check auc, where `credit` has it',
  ],
  [
    'a severity lowered',
    onCheck({ severity: 'warning' }),
    'the check auc of `sandbox` only warns where `credit` lets it stop the release',
  ],
  [
    'fewer samples',
    onCheck({ minSamples: 10 }),
    'the check auc of `sandbox` is believed from 10 samples on where `credit` wants 1000',
  ],
  [
    'a quorum lowered',
    onGate({
      requirements: [
        { role: 'business', requiredApproverCount: 1 },
        { role: 'model-risk', requiredApproverCount: 1 },
      ],
    }),
    'the gate `release` needs 1 of model-risk where `credit` needs 2',
  ],
  [
    'a role dropped',
    onGate({ requirements: [{ role: 'model-risk', requiredApproverCount: 2 }] }),
    'the gate `release` does without business, where `credit` needs 1',
  ],
  [
    'a deadline that approves',
    onGate({ onTimeout: 'approve' }),
    'the gate `release` approves when nobody decides in time where `credit` rejects',
  ],
  [
    'the vote of who asked',
    onGate({ preventSelfReview: false }),
    'the gate `release` counts the vote of who asked for the release where `credit` refuses it',
  ],
  [
    'a larger first weight',
    onCanary({
      steps: [
        { weight: 20, minSamples: 500 },
        { weight: 50, minSamples: 2500 },
      ],
    }),
    '`canary` starts at 20 % where `credit` starts at 5 %',
  ],
  [
    'a longer stride',
    onCanary({
      steps: [
        { weight: 5, minSamples: 500 },
        { weight: 60, minSamples: 2500 },
      ],
    }),
    '`canary` puts up to 55 % of the callers more on the version at once where `credit` puts 50 %',
  ],
  [
    'fewer answers looked at',
    onCanary({
      steps: [
        { weight: 5, minSamples: 100 },
        { weight: 50, minSamples: 2500 },
      ],
    }),
    '`canary` looks at 2,600 labelled answers of each arm in all where `credit` looks at 3,000',
  ],
  [
    'a shorter observation',
    onCanary({ maxSecondsPerStep: 3_600 }),
    '`canary` observes a step for 1h at the longest where `credit` gives it 24h',
  ],
  [
    'a smaller alpha',
    onCanary({ alpha: 0.01 }),
    '`canary` takes the version back at a chance of 0.01 of being wrong where `credit` does at 0.05',
  ],
  [
    'a wider margin',
    onCanary({ guards: [{ metric: 'log-loss', margin: 0.1 }, canary.guards[1]!] }),
    '`canary` lets log-loss get worse by 0.1 where `credit` allows 0.03',
  ],
  [
    'a slower answer',
    onCanary({ guards: [canary.guards[0]!, { metric: 'latency', margin: 0.05, thresholdMs: 900 }] }),
    '`canary` calls an answer slow from 900 ms on where `credit` says 250 ms',
  ],
  [
    'a guard left out',
    onCanary({ guards: [canary.guards[0]!] }),
    '`canary` does without the guard latency, where `credit` has it',
  ],
  [
    'a balance not looked at',
    set('canary', 'balance', []),
    '`canary` leaves origin out of balance, where `credit` has origin',
    'none',
  ],
  ['fewer bins', set('canary', 'minBins', 3), '`canary` sets minBins to 3 where `credit` has 12'],
  [
    'a shorter soak',
    onReview({ soak: { ...review.soak, seconds: 60 } }),
    '`review` sets review.soak.seconds to 60 where `credit` has 3600',
  ],
  [
    'fewer labels soaked',
    onReview({ soak: { ...review.soak, labelled: 5 } }),
    '`review` sets review.soak.labelled to 5 where `credit` has 500',
  ],
  [
    'actions due later',
    onReview({ actions: { owner: 'owner', dueSeconds: 999_999 } }),
    '`review` sets review.actions.dueSeconds to 999999 where `credit` has 86400',
  ],
  ['a lower risk', (rules) => ({ ...rules, risk: 'low' }), 'the risk is called low where `credit` says high'],
  [
    'a slower rollback',
    (rules) => ({ ...rules, rollback: { objectiveSeconds: 600 } }),
    'a rollback may take 10m where `credit` allows 1m',
  ],
  [
    'no watch',
    ({ watch: _, ...rules }) => rules,
    'the plan does without watch, where `credit` has it',
    'none',
  ],
  ['a looser drift limit', onWatch({ psi: 0.5 }), 'the plan sets watch.psi to 0.5 where `credit` has 0.2'],
  [
    'a longer window',
    onWatch({ windowHours: 336 }),
    'the plan sets watch.windowHours to 336 where `credit` has 168',
  ],
  [
    'a group not watched',
    onWatch({ groups: ['sex'] }),
    'the plan leaves age out of watch.groups, where `credit` has sex, age',
  ],
  [
    'anybody may approve a retraining',
    (rules) => ({
      ...rules,
      retraining: { policy: { budgetPer30Days: 1, coolDownHours: 24 }, guard: rules.retraining!.guard! },
    }),
    'the plan does without retraining.policy.approvers, where `credit` has it as model-risk',
    'none',
  ],
  [
    'a looser guard of retraining',
    (rules) => ({
      ...rules,
      retraining: { policy: rules.retraining!.policy!, guard: { maxPsi: 1, maxDuplicateShare: 0.9 } },
    }),
    'the plan sets retraining.guard.maxDuplicateShare to 0.9 where `credit` has 0.1',
  ],
  [
    'no guard of retraining',
    (rules) => ({ ...rules, retraining: { policy: rules.retraining!.policy! } }),
    'the plan does without retraining.guard, where `credit` has it',
    'none',
  ],
  [
    'a pack less',
    set('governance', 'packs', ['sr-26-2']),
    '`governance` leaves eu-ai-act out of packs, where `credit` has eu-ai-act, sr-26-2',
  ],
  [
    'a fairness limit',
    set('governance', 'fairness.limits.demographic-parity.max', 0.3),
    '`governance` sets fairness.limits.demographic-parity.max to 0.3 where `credit` has 0.1',
  ],
  [
    'a fairness limit that only warns',
    set('governance', 'fairness.limits.demographic-parity.severity', 'warning'),
    '`governance` sets fairness.limits.demographic-parity.severity to warning where `credit` has blocking',
  ],
  [
    'a fairness group',
    set('governance', 'fairness.groups', []),
    '`governance` leaves sex out of fairness.groups, where `credit` has sex',
    'none',
  ],
  [
    'a smaller k',
    set('governance', 'privacy.k', 5),
    '`governance` sets privacy.k to 5 where `credit` has 11',
  ],
  [
    'an attack not made',
    set('governance', 'privacy.membership', false),
    '`governance` does without privacy.membership, where `credit` has it',
    'stricter',
  ],
  [
    'a file not attacked',
    set('governance', 'privacy.released', []),
    '`governance` leaves validation out of privacy.released, where `credit` has validation',
    'none',
  ],
  [
    'a lower score',
    set('governance', 'mlTestScore.min', 0),
    '`governance` sets mlTestScore.min to 0 where `credit` has 2',
  ],
  ['fewer runs', set('sandbox', 'runs', 2), '`sandbox` sets runs to 2 where `credit` has 3'],
  [
    'a wider tolerance',
    set('sandbox', 'goldenTolerance', 0.1),
    '`sandbox` sets goldenTolerance to 0.1 where `credit` has 0.00001',
  ],
  [
    'not trained again',
    set('sandbox', 'trainAgain', false),
    '`sandbox` does without trainAgain, where `credit` has it as on',
  ],
  [
    'a slice not looked at',
    set('sandbox', 'slices', ['a']),
    '`sandbox` leaves b out of slices, where `credit` has a, b',
  ],
  [
    'a floor of AUC',
    set('synthetic', 'quality.floor', 0.55),
    '`synthetic` sets quality.floor to 0.55 where `credit` has 0.6',
  ],
  [
    'a floor of log-loss',
    set('drift-rehearsal', 'quality.floor', 0.65),
    '`drift-rehearsal` sets quality.floor to 0.65 where `credit` has 0.6',
  ],
  [
    'a perturbation not tried',
    set('synthetic', 'perturbations.noise', false),
    '`synthetic` does without perturbations.noise, where `credit` has it',
  ],
  [
    'a slower answer under load',
    set('synthetic', 'load.latencyMs', 900),
    '`synthetic` sets load.latencyMs to 900 where `credit` has 250',
  ],
  [
    'a fault not made',
    set('resilience', 'faults.burst', false),
    '`resilience` does without faults.burst, where `credit` has it',
  ],
  [
    'a lower availability',
    set('resilience', 'minAvailability', 0.9),
    '`resilience` sets minAvailability to 0.9 where `credit` has 0.99',
  ],
  [
    'more missed changes',
    set('drift-rehearsal', 'maxMissed', 0.9),
    '`drift-rehearsal` sets maxMissed to 0.9 where `credit` has 0.5',
  ],
  [
    'a scenario not played',
    set('drift-rehearsal', 'scenarios.gradual', false),
    '`drift-rehearsal` does without scenarios.gradual, where `credit` has it as on',
  ],
  [
    'a failure mode not drilled',
    set('incident-drill', 'failureModes.replica-loss', undefined),
    '`incident-drill` does without failureModes.replica-loss, where `credit` has it',
    'none',
  ],
  [
    'a later alert',
    set('incident-drill', 'alertSeconds', 300),
    '`incident-drill` sets alertSeconds to 300 where `credit` has 30',
  ],
  [
    'more flips',
    set('shadow', 'maxFlipRate', 0.5),
    '`shadow` sets maxFlipRate to 0.5 where `credit` has 0.1',
  ],
  [
    'a slower layer',
    set('shadow', 'budgets.model', 500),
    '`shadow` sets budgets.model to 500 where `credit` has 100',
  ],
  [
    'fewer requests',
    set('shadow', 'minRequests', 50),
    '`shadow` sets minRequests to 50 where `credit` has 1000',
  ],
  [
    'less confidence',
    set('shadow', 'confidence', 0.8),
    '`shadow` sets confidence to 0.8 where `credit` has 0.95',
  ],
  [
    'a field not masked',
    set('shadow', 'personal', []),
    '`shadow` leaves name out of personal, where `credit` has name',
    'none',
  ],
  [
    'a field called harmless',
    set('shadow', 'notPersonal', ['name']),
    '`shadow` adds name to notPersonal, where `credit` has nothing',
  ],
  [
    'a wider margin of log-loss',
    set('shadow', 'logLossMargin', 0.2),
    '`shadow` sets logLossMargin to 0.2 where `credit` has 0.02',
  ],
  [
    'what is kept only hashed',
    set('shadow', 'masking', 'hash'),
    '`shadow` sets masking to hash where `credit` has drop',
  ],
  [
    'a milder fault',
    set('resilience', 'faults.drop.share', 0.1),
    '`resilience` sets faults.drop.share to 0.1 where `credit` has 0.25',
  ],
  [
    'a lower peak',
    set('pre-production', 'peak.multiple', 1),
    '`pre-production` sets peak.multiple to 1 where `credit` has 3',
  ],
  [
    'more lost requests',
    set('pre-production', 'maxLost', 0.1),
    '`pre-production` sets maxLost to 0.1 where `credit` has 0.001',
  ],
  [
    'an item that no check shows',
    set('pre-production', 'checklist', [{ item: 'peak', signedBy: 'sam' }, { item: 'rota' }]),
    '`pre-production` leaves "peak" by the check peak out of checklist and adds "peak" to checklist, where `credit` has "peak" by the check peak, "rota"',
    'weaker',
  ],
  [
    'a limit of a stage of somebody’s own',
    set('their-own', 'maxHarm', 2),
    '`their-own` sets maxHarm to 2 where `credit` has 1',
  ],
];

describe('weaker', () => {
  test.each(weaker)('%s', (_, change, sentence) => {
    expect(found(change)).toContain(`weaker: ${sentence}`);
  });

  test.each(weaker)(
    '%s is found alone, and the way back is not weaker',
    (what, change, _, expected = 'stricter') => {
      const effects = back(change);
      if (expected === 'none') expect(effects.filter((one) => one === 'weaker')).toEqual([]);
      else expect(effects, what).toContain(expected);
    },
  );

  test('a deadline comes sooner where silence approves', () => {
    const approving = {
      ...base,
      steps: [gate('release', { business: 1 }, { onTimeout: 'approve', timeoutSeconds: 172_800 })],
    };
    const sooner = {
      ...base,
      steps: [gate('release', { business: 1 }, { onTimeout: 'approve', timeoutSeconds: 3_600 })],
    };
    expect(
      compareRules(approving, sooner, { of: 'credit' }).map(({ effect, text }) => `${effect}: ${text}`),
    ).toEqual(['weaker: the gate `release` waits 1h, and then approves, where `credit` waits 2d']);
  });
});

describe('what is neither', () => {
  test.each<[string, Change, string[]]>([
    [
      'more people at a gate',
      onGate({
        requirements: [
          { role: 'business', requiredApproverCount: 1 },
          { role: 'model-risk', requiredApproverCount: 2 },
          { role: 'legal', requiredApproverCount: 1 },
        ],
      }),
      ['stricter: the gate `release` needs 1 of legal too, where `credit` needs none'],
    ],
    [
      'a stage more',
      (rules) => ({ ...rules, steps: [...rules.steps, stage('extra', { taskQueue: 'python' })] }),
      ['stricter: the stage `extra` is there too, where `credit` has none'],
    ],
    [
      'another order',
      (rules) => ({ ...rules, steps: [rules.steps[1]!, rules.steps[0]!, ...rules.steps.slice(2)] }),
      [expect.stringMatching(/^other: the steps come in another order/) as string],
    ],
    [
      'a shorter deadline that rejects',
      onGate({ timeoutSeconds: 60 }),
      ['other: the gate `release` waits 1m, where `credit` waits 1h'],
    ],
    [
      'how long a shadow waits',
      set('shadow', 'maxSeconds', 5),
      ['other: `shadow` sets maxSeconds to 5 where `credit` has 100'],
    ],
    [
      'what cannot be ordered',
      set('their-own', 'colour', 'blue'),
      ['other: `their-own` sets colour to blue where `credit` has red'],
    ],
    [
      'who signs the check list',
      set('pre-production', 'checklist', [
        { item: 'peak', check: 'peak' },
        { item: 'rota', signedBy: 'sam' },
      ]),
      [],
    ],
    ['what the playbook leaves to say', set('sandbox', 'labelColumn', 'repaid'), []],
    [
      'a warning more',
      onStage('sandbox', { checks: [check, { name: 'x', metric: 'x', max: 1, severity: 'warning' }] }),
      [],
    ],
  ])('%s', (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });
});

test('a change is data: step, field, both values, whose rule it was and who changed it', () => {
  const [change] = compareRules(base, onCheck({ min: 0.5 })(base), { of: 'credit', by: 'team' });
  expect(change).toEqual({
    effect: 'weaker',
    step: 'sandbox',
    field: 'checks.auc.min',
    was: 0.6,
    is: 0.5,
    of: 'credit',
    by: 'team',
    text: '`sandbox` asks auc to be at least 0.5 where `credit` asks for at least 0.6',
  });
});

// A parameter that somebody adds must be thought about: what makes it weaker, or that nothing does.
test('of every parameter of our stages it is known what makes it weaker, or that nothing does', () => {
  const unordered = Object.entries(stageParameters).map(([name, schema]) => {
    const all = [...new Set(leaves(z.toJSONSchema(schema, { io: 'input' }) as Shape, ''))];
    return [name, all.filter((path) => parameterDirection(name, path) === 'none').join(' ')];
  });
  expect(Object.fromEntries(unordered)).toEqual(UNORDERED);
});

const UNORDERED: Record<string, string> = {
  sandbox: 'seed labelColumn batchRows',
  synthetic:
    'seed labelColumn batchRows quality.metric perturbations.noise.columns perturbations.outliers.columns perturbations.missing.columns perturbations.unknown-category.columns perturbations.swapped-category.columns perturbations.covariate-shift.columns perturbations.imbalance.columns perturbations.seasonality.columns perturbations.gradual-drift.columns perturbations.sudden-drift.columns',
  resilience:
    'seed timeoutMs callerFallback modelTimeoutMs faults.slow-body.bytesPerSecond faults.missing-features.sources.*',
  'drift-rehearsal':
    'seed labelColumn timeColumn labelTimeColumn batchRows rowsPerWindow blockHours minSeverity quality.metric change.kind change.columns change.intensity change.levels calmWindows before after scenarios.seasonal.windows scenarios.recurring.windows',
  governance:
    'seed labelColumn batchRows fairness.favourable privacy.sensitive privacy.twin privacy.membership.neighbours mlTestScore.attested.* card.license card.intendedUse card.outOfScope card.limitations card.ethics card.contact',
  'incident-drill':
    'seed timeoutMs lookEveryMs slowMs spikeMs runbookSeconds failureModes.latency-spike.alert failureModes.latency-spike.degradedMode failureModes.data-source-loss.alert failureModes.data-source-loss.degradedMode failureModes.data-source-loss.inputs failureModes.replica-loss.alert failureModes.replica-loss.degradedMode',
  shadow: 'maxSeconds labelSeconds maxInFlight keepRows',
  review: 'seed',
  'pre-production':
    'seed timeoutMs maxInFlight peak.windowSeconds peak.records rollbackRunbook runbookSeconds lookEveryMs slowMs spikeMs',
};

interface Shape {
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
}

function leaves(shape: Shape, path: string): string[] {
  const forms = shape.anyOf ?? shape.oneOf;
  if (forms) return forms.flatMap((form) => leaves(form, path));
  const { properties, additionalProperties } = shape;
  if (properties)
    return Object.entries(properties).flatMap(([key, one]) =>
      leaves(one, path === '' ? key : `${path}.${key}`),
    );
  return typeof additionalProperties === 'object' ? leaves(additionalProperties, `${path}.*`) : [path];
}
