// Proves that no sequence of commands, results, deadlines and deliveries, in any order, promotes a version whose
// required gates are not approved or one of whose stages was neither done nor signed for by a second person, leaves two versions of one model in traffic stages at once, or leaves a rolled back
// version with traffic; and that the search really gets everywhere: each outcome is reached in at least 5 % of runs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GateStep, Plan } from '../../contracts/plan.ts';
import type { TrafficChange } from '../../contracts/gateway.ts';
import type { Outcome } from '../../contracts/release-view.ts';
import * as release from '../../domain/release/index.ts';
import { gate, reviewSteps, stage, usualSteps } from '../support/plans.ts';
import { World } from './world.ts';

const RUNS = 3000;
const REVIEWS = 1000;
const VERSIONS = ['1', '2', '3', '4'];

/** Version 4 follows a plan without traffic, so that a release can also simply be completed. */
const SHORT_PLAN = { steps: [stage('sandbox'), gate('validation', { 'model-risk': 1 })] };
/** Version 3 leaves out a stage, signed for. */
const SKIPPING_PLAN = {
  steps: [
    stage('sandbox', { skip: { reason: 'done elsewhere', approvedBy: 'max' } }),
    stage('resilience'),
    ...usualSteps.slice(1),
  ],
};
/** Versions 1 and 2 are reviewed once they serve. */
const REVIEWED_PLAN = { steps: [...usualSteps, ...reviewSteps] };
const PLANS: Readonly<Record<string, Partial<Plan>>> = {
  '1': REVIEWED_PLAN,
  '2': REVIEWED_PLAN,
  '3': SKIPPING_PLAN,
  '4': SHORT_PLAN,
};
const PEOPLE = ['rita', 'olga', 'max', 'mia', 'sam', 'bea', 'eve'];

type Reached = Outcome | 'promoted' | 'skipped' | 'signed' | 'overdue' | 'signed late' | 'missed';

interface Sailed {
  readonly state: release.ReleaseState;
  readonly events: readonly release.ReleaseEvent[];
}

type Action =
  | { do: 'work'; pick: number; verdict: 'pass' | 'fail' | 'inconclusive' | 'error' }
  | { do: 'start'; version: string }
  | {
      do: 'decide';
      version: string;
      person: string;
      decision: 'approve' | 'reject';
      rightGate: boolean;
      rightEvidence: boolean;
    }
  | { do: 'operate'; version: string; type: 'Pause' | 'Resume' | 'Abort' | 'Retry' | 'Rollback' }
  | { do: 'skip'; version: string; person: string }
  | { do: 'late-shift'; pick: number };

const version = fc.constantFrom(...VERSIONS);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      pick: fc.nat(20),
      verdict: fc.oneof(
        { weight: 90, arbitrary: fc.constant('pass' as const) },
        { weight: 2, arbitrary: fc.constant('fail' as const) },
        { weight: 1, arbitrary: fc.constant('inconclusive' as const) },
        { weight: 3, arbitrary: fc.constant('error' as const) },
      ),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('start' as const), version }) },
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      version,
      person: fc.constantFrom(...PEOPLE),
      decision: fc.oneof(
        { weight: 150, arbitrary: fc.constant('approve' as const) },
        { weight: 1, arbitrary: fc.constant('reject' as const) },
      ),
      rightGate: fc.oneof(
        { weight: 9, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
      rightEvidence: fc.oneof(
        { weight: 9, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('operate' as const),
      version,
      type: fc.constantFrom(
        'Pause' as const,
        'Resume' as const,
        'Resume' as const,
        'Abort' as const,
        'Retry' as const,
        'Rollback' as const,
      ),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('skip' as const), version, person: fc.constantFrom(...PEOPLE) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('late-shift' as const), pick: fc.nat(50) }) },
);

/** Changes that were once on their way: a zombie worker may send any of them at any later time. */
function rememberShifts(world: World, sent: TrafficChange[]): void {
  for (const { state } of world.releases.values()) {
    for (const work of release.workOf(state)) {
      if (work.kind === 'shift' && !sent.some(({ changeId }) => changeId === work.change.changeId))
        sent.push(work.change);
    }
  }
}

function perform(world: World, act: Action, sent: TrafficChange[]): void {
  switch (act.do) {
    case 'start':
      return world.start(act.version, PLANS[act.version] ?? {});
    case 'work': {
      // A deadline is one choice among many and would otherwise end most releases.
      const effects = world
        .pending()
        .filter(({ id }) => (act.verdict === 'error' && act.pick % 3 === 0) || !id.includes('/deadline/'));
      return effects[act.pick % Math.max(1, effects.length)]?.run(act.verdict);
    }
    case 'decide': {
      const state = world.releases.get(act.version)?.state;
      const gate = state?.phase.name === 'deciding' && act.rightGate ? state.phase.gate : 'validation';
      return world.tell(act.version, {
        type: 'Decide',
        gate,
        approver: act.person,
        decision: act.decision,
        attestation: 'claimed',
        evidence: (act.rightEvidence ? 'e' : 'f').repeat(64),
        comment: 'checked',
        at: world.tick(),
      });
    }
    case 'operate':
      return world.tell(act.version, { type: act.type, by: 'sam', reason: 'told to', at: world.tick() });
    case 'skip': {
      const { state } = world.releases.get(act.version) ?? {};
      const step = state?.phase.name === 'held' ? state.plan?.steps[state.phase.step] : undefined;
      const at = world.tick();
      const stage = step?.name ?? 'sandbox';
      return world.tell(act.version, { type: 'Skip', stage, by: act.person, reason: 'not today', at });
    }
    case 'late-shift': {
      const late = sent[act.pick % Math.max(1, sent.length)];
      if (late) world.shift(late);
    }
  }
}

/** Reads from the ledger alone what became of a stage that moves no traffic. */
function doneOrSignedFor(events: readonly release.ReleaseEvent[], index: number, plan: Plan): boolean {
  return events.some((event) => {
    if (event.type === 'StageFinished')
      return event.data.step === index && event.data.report.verdict !== 'fail';
    if (event.type !== 'StageSkipped' || event.data.step !== index) return false;
    const { approvedBy, reason } = event.data;
    const holders = Object.values(plan.people).flat();
    return reason !== '' && approvedBy !== plan.requester && holders.includes(approvedBy);
  });
}

/** Reads approvals from the ledger alone, apart from the code under test. */
function approvedInLedger(
  events: readonly release.ReleaseEvent[],
  gate: GateStep,
  requester: string,
  people: Record<string, readonly string[]>,
): boolean {
  const votes = events.flatMap((event) =>
    event.type === 'DecisionRecorded' && event.data.gate === gate.name ? [event.data] : [],
  );
  return gate.requirements.every(({ role, requiredApproverCount }) => {
    const persons = new Set(
      votes
        .filter(
          (vote) =>
            vote.role === role &&
            vote.decision === 'approve' &&
            vote.person !== requester &&
            people[role]?.includes(vote.person),
        )
        .map(({ person }) => person),
    );
    return persons.size >= requiredApproverCount;
  });
}

/** Read from the ledger alone: a review takes no version back, and one that nobody signed says so when the version goes. */
function checkReview(name: string, { state, events }: Sailed): void {
  const since = events.findIndex(({ type }) => type === 'VersionPromoted');
  if (since < 0 || !state.plan?.steps.some((step) => step.kind === 'stage' && step.review)) return;
  for (const event of events.slice(since)) {
    if (event.type === 'RollbackRequested' && event.data.cause !== 'person')
      throw new Error(`version ${name} was taken back by its review: ${event.data.reason}`);
  }
  const gone = state.phase.name === 'ended';
  const decided = events.some(
    ({ type, data }) =>
      (type === 'GateApproved' || type === 'GateRejected') && (data as { gate: string }).gate === 'review',
  );
  const said = events.filter(({ type }) => type === 'ReviewMissed').length;
  if (said !== (gone && !decided ? 1 : 0))
    throw new Error(
      `version ${name}: ended ${gone}, review decided ${decided}, said to be missed ${said} times`,
    );
}

function check(world: World): void {
  const inTraffic = [...world.releases]
    .filter(([, { state }]) => state.traffic.exposed && !state.promoted)
    .map(([name]) => name);
  if (inTraffic.length > 1)
    throw new Error(`versions ${inTraffic.join(' and ')} are in traffic stages at once`);

  const champions = [...world.releases]
    .filter(([, { state }]) => state.phase.name === 'live')
    .map(([name]) => name);
  const promotedLately = world.modelState.served.at(-1);
  for (const [name, held] of world.releases) {
    const { state, events } = held;
    const { phase, plan } = state;
    if (!plan) continue;
    checkReview(name, held);
    if (state.promoted || events.some(({ type }) => type === 'VersionPromoted')) {
      const production = plan.steps.findIndex((step) => step.kind === 'stage' && step.stage === 'production');
      for (const step of plan.steps.slice(0, production)) {
        if (step.kind === 'gate' && !approvedInLedger(events, step, plan.requester, plan.people)) {
          throw new Error(
            `version ${name} was promoted, and gate ${step.name} lacks approvals in its ledger`,
          );
        }
        if (step.kind === 'stage' && step.stage !== 'canary') {
          if (!doneOrSignedFor(events, plan.steps.indexOf(step), plan))
            throw new Error(`version ${name} was promoted, and its stage ${step.name} was not done`);
        }
      }
    }
    if (phase.name === 'ended' && phase.outcome !== 'superseded' && world.serving().includes(name)) {
      throw new Error(
        `version ${name} is ${phase.outcome} and still serves ${JSON.stringify(world.gateway)}`,
      );
    }
  }
  // A live champion may be about to hear that it is superseded; otherwise it is the one that the model knows.
  const unheard = world.modelState.outbox.filter(({ type }) => type === 'supersede').length;
  const unsaid = [...world.releases.values()].filter(
    ({ state }) => state.promoted && !state.informed.includes('promotion'),
  ).length;
  if (champions.length > 1 + unheard + unsaid)
    throw new Error(`live at once: ${champions.join(', ')}; the model knows ${promotedLately}`);
}

const usual = [
  'superseded',
  'completed',
  'rejected',
  'rolled-back',
  'aborted',
  'promoted',
  'skipped',
] as const;
const reviewed = ['superseded', 'rolled-back', 'signed', 'overdue', 'signed late', 'missed'] as const;

test(`no order of ${RUNS} command sequences breaks a promise`, () => {
  search(RUNS, usual, (world) => world.start('1'));
});

test(`nor does any order of ${REVIEWS} from a version on that serves and is to be reviewed`, () => {
  search(REVIEWS, reviewed, (world) => {
    world.start('1', { steps: [stage('production'), ...reviewSteps] });
    while (!world.releases.get('1')?.state.promoted) for (const { run } of world.pending()) run('pass');
  });
});

/** Every sequence starts in a world of its own; each situation of `wanted` must be reached in 5 % of them. */
function search(runs: number, wanted: readonly Reached[], prepare: (world: World) => void): void {
  const reached = new Map<Reached, number>();
  fc.assert(
    fc.property(fc.array(action, { minLength: 80, maxLength: 320, size: 'max' }), (actions) => {
      const world = new World();
      prepare(world);
      const sent: TrafficChange[] = [];
      for (const act of actions) {
        perform(world, act, sent);
        rememberShifts(world, sent);
        check(world);
      }
      for (const what of new Set([...world.releases.values()].flatMap(reachedBy)))
        reached.set(what, (reached.get(what) ?? 0) + 1);
    }),
    { numRuns: runs, seed: 20131123, endOnFailure: false },
  );
  const shares = wanted.map((what) => [what, (reached.get(what) ?? 0) / runs] as const);
  const percent = shares.map(([what, share]) => [what, (100 * share).toFixed(1)]);
  console.log(`reached, in per cent of ${runs} sequences:`, Object.fromEntries(percent));
  for (const [what, share] of shares)
    expect(share, `share of sequences that reached ${what}`).toBeGreaterThanOrEqual(0.05);
}

function reachedBy({ state, events }: Sailed): Reached[] {
  const found: Reached[] = [];
  // By a person: the plan's own skip is always reached.
  if (events.some((event) => event.type === 'StageSkipped' && event.data.origin === 'person'))
    found.push('skipped');
  if (state.phase.name === 'ended') found.push(state.phase.outcome);
  if (state.promoted) found.push('promoted');
  const signed = release.viewOf(state).review?.status === 'signed';
  if (signed) found.push('signed');
  if (state.review?.overdueSince) found.push('overdue', ...(signed ? (['signed late'] as const) : []));
  if (state.review?.missed) found.push('missed');
  return found;
}
