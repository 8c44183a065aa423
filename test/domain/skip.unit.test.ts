// Proves that a stage is left out only with a reason and on a second person's word, by the plan or while it is held, and that it stays
// visible: in the ledger, in the release's page, in every later brief.
import { describe, expect, test } from 'vitest';
import { gateBriefActivities } from '../../activities/gate-brief.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { checkSkip } from '../../client/skip-checks.ts';
import { releasePage } from '../../client/cli/release-text.ts';
import type { SkipSpec, Step } from '../../contracts/plan.ts';
import { sparedSteps, withoutSkips } from '../../domain/plan/index.ts';
import { decide, evolve, initialState, viewOf, workOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseEvent, ReleaseState } from '../../domain/release/index.ts';
import { detailsOf } from '../../workflows/details.ts';
import { canary, evidence, gate, people, plan, report, stage } from '../support/plans.ts';
import { specification } from '../support/specification.ts';

const given = specification<ReleaseCommand, ReleaseEvent, ReleaseState>({ decide, evolve, initialState });
const at = '2013-03-01T00:00:00.000Z';
const signed: SkipSpec = { reason: 'no staging cluster this week', approvedBy: 'max' };
const validation = gate('validation', { 'model-risk': 1 });

const start = (...steps: Step[]): ReleaseCommand => ({
  type: 'Start',
  plan: plan({ steps }),
  planRef: evidence('plan.json', 'd'),
  at,
});
function story(...commands: ReleaseCommand[]): ReleaseEvent[] {
  const events: ReleaseEvent[] = [];
  let state = initialState();
  for (const command of commands) {
    const decided = decide(command, state);
    events.push(...decided);
    state = decided.reduce(evolve, state);
  }
  return events;
}
const stateAfter = (...commands: ReleaseCommand[]): ReleaseState =>
  story(...commands).reduce(evolve, initialState());

const lost: ReleaseCommand = {
  type: 'FailStage',
  step: 0,
  attempt: 1,
  failure: { type: 'ServingUnavailable', message: 'no answer' },
  at,
};
const held = story(start(stage('resilience'), validation, stage('production')), lost);
const skip = (more: Partial<Extract<ReleaseCommand, { type: 'Skip' }>> = {}): ReleaseCommand => ({
  type: 'Skip',
  stage: 'resilience',
  by: 'max',
  reason: 'no staging cluster this week',
  at,
  ...more,
});
const refusal = (reason: string, by = 'max'): ReleaseEvent[] => [
  { type: 'MessageRefused', data: { message: 'skip', from: by, reason }, at },
];

describe('a stage that the plan leaves out', () => {
  test('is a fact with reason and signature, and the next step begins', () => {
    given([])
      .when(start(stage('sandbox', { skip: signed }), validation))
      .thenTypes(['ReleaseRequested', 'StageSkipped', 'GateReached']);
    expect(story(start(stage('sandbox', { skip: signed }), validation))[1]).toEqual({
      type: 'StageSkipped',
      data: { step: 0, stage: 'sandbox', ...signed, origin: 'plan' },
      at,
    });
  });

  test('several in a row, and the canary before it touches anything', () => {
    const events = story(
      start(stage('sandbox', { skip: signed }), { ...canary, skip: signed }, stage('production')),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'ReleaseRequested',
      'StageSkipped',
      'StageSkipped',
      'SlotRequested',
    ]);
  });

  test.each([
    [
      'nobody else signed',
      { ...signed, approvedBy: 'rita' },
      /rita asked for the release, and a second person/,
    ],
    ['a stranger signed', { ...signed, approvedBy: 'eve' }, /eve holds no role/],
    ['no reason is given', { ...signed, reason: ' ' }, /needs a reason/],
  ])('is held where %s', (_, spec, words) => {
    const state = stateAfter(start(stage('sandbox', { skip: spec }), validation));
    expect(state.phase).toMatchObject({ name: 'held', step: 0, failure: { type: 'PlanInvalid' } });
    expect(viewOf(state).headline).toMatch(words);
    expect(workOf(state)).toEqual([]);
  });

  test('cannot be the production stage, or a release would end as if it had gone live', () => {
    const state = stateAfter(start(stage('production', { skip: signed })));
    expect(state.phase).toMatchObject({ name: 'held', failure: { type: 'PlanInvalid' } });
  });

  test('waits for the end of a pause, and is skipped then', () => {
    const paused = story(
      start(stage('sandbox'), stage('resilience', { skip: signed }), validation),
      { type: 'Pause', by: 'sam', reason: 'holiday', at },
      { type: 'FinishStage', step: 0, attempt: 1, report: report('pass'), at },
    );
    expect(paused.at(-1)?.type).toBe('StageFinished');
    given(paused)
      .when({ type: 'Resume', by: 'sam', reason: 'back', at })
      .thenTypes(['ReleaseResumed', 'StageSkipped', 'GateReached']);
  });
});

describe('a stage that is held', () => {
  test('is left out on the word of a second person', () => {
    given(held)
      .when(skip())
      .then([
        {
          type: 'StageSkipped',
          data: { step: 0, stage: 'resilience', ...signed, origin: 'person' },
          at,
        },
        { type: 'GateReached', data: { step: 1, canaryStep: null, gate: 'validation', why: 'planned' }, at },
      ]);
  });

  test('not by who asked for the release, a stranger, or without a reason', () => {
    given(held)
      .when(skip({ by: 'rita' }))
      .then(refusal('rita asked for the release, and a second person must sign for a skipped stage', 'rita'));
    given(held)
      .when(skip({ by: 'eve' }))
      .then(refusal('eve holds no role of this plan, and so cannot sign for a skipped stage', 'eve'));
    given(held)
      .when(skip({ reason: '  ' }))
      .then(refusal('a skipped stage needs a reason'));
  });

  test('not another one than the message names, and nothing that is not held', () => {
    given(held)
      .when(skip({ stage: 'sandbox' }))
      .then(refusal('the stage sandbox is not held; resilience is'));
    given(story(start(stage('resilience'), validation)))
      .when(skip())
      .then(refusal('no stage is held: the release is running-stage'));
  });

  test('not one that was measured: its people decide', () => {
    const unsure = story(
      start(stage('resilience'), validation),
      { type: 'FinishStage', step: 0, attempt: 1, report: report('inconclusive', 'resilience'), at },
      {
        type: 'FailGate',
        step: 0,
        gate: 'resilience-inconclusive',
        failure: { type: 'EvidenceUnavailable', message: 'away' },
        at,
      },
    );
    given(unsure)
      .when(skip())
      .then(refusal('the stage resilience was measured, and its people decide on what it found: send retry'));
  });

  test('not a gate, and not a stage that has begun to move traffic', () => {
    const atGate = story(start(validation), {
      type: 'FailGate',
      step: 0,
      gate: 'validation',
      failure: { type: 'EvidenceUnavailable', message: 'away' },
      at,
    });
    given(atGate)
      .when(skip({ stage: 'validation' }))
      .then(refusal('a gate cannot be skipped: people decide there'));
    const shifting = story(
      start(canary),
      { type: 'GrantSlot', fence: 7, champion: '0', previous: null, at },
      {
        type: 'FailShift',
        changeId: 'flight-delays/1#1',
        failure: { type: 'ServingUnavailable', message: 'away' },
        at,
      },
    );
    const { events } = given(shifting).when(skip({ stage: 'canary' }));
    expect(events).toMatchObject([{ type: 'MessageRefused', data: { reason: /begun to move traffic/ } }]);
  });

  test('while the release is paused it stays where it is, and goes on afterwards', () => {
    const paused = [
      ...held,
      ...decide({ type: 'Pause', by: 'sam', reason: 'x', at }, held.reduce(evolve, initialState())),
    ];
    given(paused).when(skip()).thenTypes(['StageSkipped']);
    const after = given(paused).when(skip()).state();
    expect(decide({ type: 'Resume', by: 'sam', reason: 'x', at }, after).map(({ type }) => type)).toEqual([
      'ReleaseResumed',
      'GateReached',
    ]);
  });

  test('a late result of it changes nothing any more', () => {
    const after = given(held).when(skip()).state();
    expect(decide({ type: 'FinishStage', step: 0, attempt: 1, report: report('pass'), at }, after)).toEqual(
      [],
    );
  });
});

describe('it stays visible', () => {
  const state = stateAfter(start(stage('sandbox', { skip: signed }), stage('resilience'), validation), {
    type: 'FinishStage',
    step: 1,
    attempt: 1,
    report: report('pass', 'resilience'),
    at,
  });
  const view = viewOf(state);

  test('in the state of the release', () => {
    expect(view.steps[0]).toMatchObject({ status: 'skipped', verdict: null, skipped: signed });
    expect(view.steps[1]).not.toHaveProperty('skipped');
  });
  test('in its page of the Web UI, before the steps', () => {
    const page = detailsOf(view);
    expect(page).toContain(
      '## Skipped\n\n- **sandbox**, signed for by **max**: no staging cluster this week',
    );
    expect(page.indexOf('## Skipped')).toBeLessThan(page.indexOf('## Steps'));
  });
  test('in the CLI', () => {
    expect(releasePage(view, undefined)).toMatch(
      /\[-\] sandbox +skipped[^\n]*\n +skipped, signed for by max: no staging cluster this week/,
    );
  });
  test('in every later brief, which decisions are bound to', async () => {
    let brief = '';
    const store = {
      put: (text: string) => {
        brief = text;
        return Promise.resolve(evidence('brief.md'));
      },
    } as unknown as EvidenceStore;
    const { prepareGateBrief } = gateBriefActivities({ evidence: store });
    await prepareGateBrief({ planRef: evidence('plan.json'), gate: 'validation', step: 2, view });
    expect(brief).toContain(
      '## Skipped stages\n\n- sandbox, signed for by max: no staging cluster this week',
    );
  });
});

describe('lint', () => {
  const spec = { people, requester: 'rita' };
  const of = (name: string, given: SkipSpec) =>
    checkSkip({ stage: name, parameters: {}, checks: [], skip: given }, [], spec);
  test('says what is weakened', () => {
    const [found, ...others] = of('incident-drill', signed);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'warning' });
    expect(found?.what).toMatch(
      /incident-drill is skipped, signed for by max: alerts and runbooks are not tried/,
    );
    expect(of('our-own', signed)[0]?.what).toMatch(/stays unknown/);
  });
  test('refuses a signature that would not count, and the production stage', () => {
    expect(of('sandbox', { ...signed, approvedBy: 'rita' })[0]).toMatchObject({ severity: 'error' });
    expect(of('sandbox', { ...signed, approvedBy: 'olgaa' })[0]).toMatchObject({
      severity: 'error',
      didYouMean: 'olga',
    });
    expect(of('production', signed)[0]).toMatchObject({ severity: 'error' });
  });
  test('a skip counts for one version: the plan of the next one is without', () => {
    expect(withoutSkips([stage('sandbox', { skip: signed }), canary, validation])).toEqual([
      stage('sandbox'),
      canary,
      validation,
    ]);
  });
  test('a retrained version is not spared the canary by a skip that its champion did not have', () => {
    expect(sparedSteps([canary], [{ ...canary, skip: signed }])).toEqual(['the stage canary']);
    expect(sparedSteps([{ ...canary, skip: signed }], [{ ...canary, skip: signed }])).toEqual([]);
  });
});
