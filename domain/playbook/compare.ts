import type { JsonObject } from '../../contracts/json.ts';
import type { Plan, StageStep, Step } from '../../contracts/plan.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { compareCanary } from './compare-canary.ts';
import { compareChecks } from './compare-checks.ts';
import { compareGate } from './compare-gate.ts';
import { compareParameters, compareSettings } from './compare-parameters.ts';
import { retrainingDirections, reviewDirections, watchDirections } from './directions.ts';
import { effectOf } from './effect.ts';
import { noteFor, quoted, span, type Sides } from './sentence.ts';

/** What a playbook can say of a plan. Parameters have their defaults, so that what is not said is compared too. */
export interface PlanRules extends Pick<Plan, 'risk' | 'steps' | 'rollback' | 'watch'> {
  /** With durations in hours, and the role of who approves. A playbook may say one of them alone. */
  readonly retraining?: { readonly policy?: JsonObject; readonly guard?: JsonObject };
}

const RISKS = ['low', 'medium', 'high'] as const;

/**
 * Every difference between two plans' rules, in the order of the lower one's steps: what each means, and a sentence that says
 * so. A stage that is skipped counts as left out.
 */
export function compareRules(was: PlanRules, is: PlanRules, sides: Sides): PlaybookChange[] {
  const left = was.steps.filter((step) => partner(step, is.steps) === undefined);
  const come = is.steps.filter((step) => partner(step, was.steps) === undefined);
  return [
    ...compareWhole(was, is, sides),
    ...left.flatMap((step) =>
      noteFor(nameOf(step), sides)(
        'weaker',
        '',
        nameOf(step),
        null,
        (where) => `${shown(step)} is left out, ${where} has it`,
      ),
    ),
    ...was.steps.flatMap((step) => {
      const after = partner(step, is.steps);
      return after ? compareStep(step, after, sides) : [];
    }),
    ...come.flatMap((step) =>
      noteFor(nameOf(step), sides)(
        'stricter',
        '',
        null,
        nameOf(step),
        (where) => `${shown(step)} is there too, ${where} has none`,
      ),
    ),
    ...compareOrder(was.steps, is.steps, sides),
  ];
}

function compareWhole(was: PlanRules, is: PlanRules, sides: Sides): PlaybookChange[] {
  const note = noteFor('plan', sides);
  const [before, after] = [was.rollback.objectiveSeconds, is.rollback.objectiveSeconds];
  const risk = effectOf('least', RISKS.indexOf(was.risk), RISKS.indexOf(is.risk));
  return [
    ...note(
      risk,
      'risk',
      was.risk,
      is.risk,
      (where) => `the risk is called ${is.risk} ${where} says ${was.risk}`,
    ),
    ...note(
      effectOf('most', before, after),
      'rollback.objective',
      span(before),
      span(after),
      (where) => `a rollback may take ${span(after)} ${where} allows ${span(before)}`,
    ),
    ...compareSettings(
      was.watch && { ...was.watch },
      is.watch && { ...is.watch },
      'watch',
      'the plan',
      (path) => (path === 'watch' ? 'kept' : (watchDirections[path.slice('watch.'.length)] ?? 'none')),
      note,
    ),
    ...(['policy', 'guard'] as const).flatMap((part) =>
      was.retraining?.[part] && is.retraining
        ? compareSettings(
            was.retraining[part],
            is.retraining[part],
            `retraining.${part}`,
            'the plan',
            (path) =>
              path === `retraining.${part}`
                ? 'kept'
                : (retrainingDirections[path.slice('retraining.'.length)] ?? 'none'),
            note,
          )
        : [],
    ),
  ];
}

function compareStep(was: Step, is: Step, sides: Sides): PlaybookChange[] {
  const note = noteFor(nameOf(was), sides);
  if (was.kind === 'gate') return is.kind === 'gate' ? compareGate(was, is, note) : [];
  if (is.kind !== 'stage') return [];
  if (is.skip && !was.skip) {
    const { reason, approvedBy } = is.skip;
    const text = `${quoted(was.name)} is skipped, signed for by ${approvedBy} (${reason}),`;
    return note('weaker', 'skip', null, reason, (where) => `${text} ${where} has it`);
  }
  return [
    ...note(
      was.stage === is.stage ? null : 'other',
      'stage',
      was.stage,
      is.stage,
      (where) => `${quoted(was.name)} is the stage ${is.stage} ${where} has ${was.stage}`,
    ),
    ...note(
      effectOf('none', was.taskQueue, is.taskQueue),
      'taskQueue',
      was.taskQueue,
      is.taskQueue,
      (where) =>
        `${quoted(was.name)} is done by ${is.taskQueue ?? 'our own workers'} ${where} has ${was.taskQueue ?? 'our own workers'} do it`,
    ),
    ...compareChecks(was.name, was.checks, is.checks, note),
    ...compareCanaries(was, is, sides),
    ...compareSettings(
      was.review as JsonObject | undefined,
      is.review as JsonObject | undefined,
      'review',
      quoted(was.name),
      (path) => (path === 'review' ? 'kept' : (reviewDirections[path.slice('review.'.length)] ?? 'none')),
      note,
    ),
    ...compareParameters(was.name, was.stage, was.parameters, is.parameters, note),
  ];
}

function compareCanaries(was: StageStep, is: StageStep, sides: Sides): PlaybookChange[] {
  return was.canary && is.canary
    ? compareCanary(was.name, was.canary, is.canary, noteFor(was.name, sides))
    : [];
}

/** Steps of both, in another order: a gate that comes later has less to stop. */
function compareOrder(was: readonly Step[], is: readonly Step[], sides: Sides): PlaybookChange[] {
  const before = was.map(nameOf).filter((name) => is.some((step) => nameOf(step) === name));
  const after = is.map(nameOf).filter((name) => before.includes(name));
  const moved = before.find((name, index) => name !== after[index]);
  if (moved === undefined) return [];
  return noteFor('plan', sides)(
    'other',
    'steps',
    before.join(', '),
    after.join(', '),
    (where) => `the steps come in another order, ${where} has ${before.join(', ')}`,
  );
}

const partner = (step: Step, among: readonly Step[]): Step | undefined =>
  among.find((one) => one.kind === step.kind && one.name === step.name);
const nameOf = (step: Step): string => (step.kind === 'gate' ? `gate ${step.name}` : step.name);
const shown = (step: Step): string =>
  step.kind === 'gate' ? `the gate ${quoted(step.name)}` : `the stage ${quoted(step.name)}`;
