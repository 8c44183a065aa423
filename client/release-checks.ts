import { builtInStages, shardedStages, trafficStages } from '../contracts/stages.ts';
import type { ReleaseFile, ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import { incidentDrillParameters } from '../contracts/schemas/incident-drill.ts';
import { stageParameters } from '../contracts/schemas/stage-parameters.ts';
import { forecastCanary } from '../domain/canary/index.ts';
import { sparedSteps } from '../domain/plan/index.ts';
import { createRandom } from '../domain/statistics/index.ts';
import { canaryOf } from './canary-spec.ts';
import { checkGovernance } from './governance-checks.ts';
import { nearestName } from './nearest-name.ts';
import { nameOf, stepOf } from './plan-steps.ts';
import { checkPreProduction } from './pre-production-checks.ts';
import { checkReview } from './review-checks.ts';
import { checkShadow } from './shadow-checks.ts';
import { checkSkip } from './skip-checks.ts';
import type { Problem, YamlPath } from './problem.ts';

type Gate = Extract<ReleaseFileStep, { gate: string }>;
type Stage = Extract<ReleaseFileStep, { stage: string }>;

const STEPS: YamlPath = ['spec', 'steps'];
const NEXT_STEPS: YamlPath = ['spec', 'retraining', 'next', 'steps'];

/** What one field alone cannot show: fields that do not fit together. Pure; the disk is looked at elsewhere. */
export function checkRelease({ spec }: ReleaseFile): readonly Problem[] {
  const { people, requester, retraining, watch } = spec;
  const problems = checkSteps(spec.steps, STEPS, people, requester);
  if (retraining?.next) {
    problems.push(...checkSteps(retraining.next.steps, NEXT_STEPS, people, requester));
    for (const spared of sparedSteps(spec.steps.map(stepOf), retraining.next.steps.map(stepOf))) {
      const what = `a retrained version would be spared ${spared}`;
      problems.push(
        error(NEXT_STEPS, what, 'add it: a version that nobody asked for needs every gate', true),
      );
    }
  }
  if (retraining) problems.push(...checkPolicy(retraining, spec.data, people));
  problems.push(...checkRunbooks(spec), ...checkRehearsals(spec), ...checkGovernance(spec, STEPS));
  problems.push(...spec.steps.flatMap((step, index) => checkPreProduction(step, [...STEPS, index], spec)));

  const goesLive = spec.steps.some((step) => 'stage' in step && step.stage === 'production');
  const profiled = spec.steps.some((step) => 'stage' in step && step.stage === 'sandbox' && !step.skip);
  if (watch && goesLive && !profiled) {
    const mend = 'add the stage sandbox, which writes the reference profile';
    problems.push(warning(['spec', 'watch'], 'live traffic has nothing to be compared with', mend, true));
  }
  if (retraining && !watch) {
    const what = 'nothing will ask for a retraining, because nothing is watched';
    problems.push(warning(['spec', 'retraining'], what, 'add `watch: {}`', true));
  }
  return problems;
}

/** A runbook is a file of the plan, so that what was run in the drill is what people read. */
function checkRunbooks({ steps, data }: ReleaseFile['spec']): Problem[] {
  return steps.flatMap((step, index) => {
    if (!('stage' in step) || step.stage !== 'incident-drill') return [];
    const { data: given } = incidentDrillParameters.safeParse(step.parameters);
    return Object.entries(given?.failureModes ?? {}).flatMap(([mode, { runbook }]) => {
      if (Object.hasOwn(data, runbook)) return [];
      const at = [...STEPS, index, 'parameters', 'failureModes', mode, 'runbook'];
      const problem = error(at, `spec.data has no file ${runbook}`, `add it: { ${runbook}: { path: FILE } }`);
      return [{ ...problem, didYouMean: nearestName(runbook, Object.keys(data)) }];
    });
  });
}

/** A rehearsal plays the monitor that will watch, with the profile that it will have. */
function checkRehearsals({ steps, watch }: ReleaseFile['spec']): Problem[] {
  const isStage = (step: ReleaseFileStep | undefined, name: string): boolean =>
    step !== undefined && 'stage' in step && step.stage === name;
  return steps.flatMap((step, index) => {
    if (!isStage(step, 'drift-rehearsal')) return [];
    const at = [...STEPS, index, 'stage'];
    const profiled = steps.slice(0, index).some((before) => isStage(before, 'sandbox'));
    return [
      ...(watch ? [] : [error(at, 'there is no monitor to rehearse', 'add `watch: {}` to spec')]),
      ...(profiled ? [] : [error(at, 'the monitor has no profile yet', 'put the stage sandbox before it')]),
    ];
  });
}

/** Steps in themselves, and the people of their gates. */
export function checkSteps(
  steps: readonly ReleaseFileStep[],
  at: YamlPath,
  people: ReleaseFile['spec']['people'],
  requester: string,
): Problem[] {
  const problems = repeatedNames(steps, at);
  let guarded = false;
  for (const [index, step] of steps.entries()) {
    const path = [...at, index];
    if ('gate' in step) {
      problems.push(...checkGate(step, path, people, requester));
      guarded = true;
      continue;
    }
    problems.push(...checkStage(step, path));
    problems.push(...checkSkip(step, path, { people, requester }));
    problems.push(...checkReview(steps, index, path, people));
    problems.push(...checkShadow(step, path, steps.slice(0, index).some(isCanary)));
    if (step.stage === 'canary') guarded = true;
    if (step.stage === 'production' && !guarded) {
      const what =
        'production has no canary and no gate before it, so nothing and nobody can stop a bad version';
      problems.push(warning([...path, 'stage'], what, 'add `stage: canary` or a gate before it'));
    }
  }
  return problems;
}

function checkPolicy(
  { policy, guard }: NonNullable<ReleaseFile['spec']['retraining']>,
  data: ReleaseFile['spec']['data'],
  people: ReleaseFile['spec']['people'],
): Problem[] {
  const problems: Problem[] = [];
  const { approvers } = policy;
  if (approvers !== undefined && !people[approvers]) {
    const at = ['spec', 'retraining', 'policy', 'approvers'];
    const mend = `add it to spec.people: { ${approvers}: [PERSON] }`;
    problems.push({
      ...error(at, `nobody holds the role ${approvers}`, mend),
      didYouMean: nearestName(approvers, Object.keys(people)),
    });
  }
  if (guard && !data['trusted']) {
    const what = 'the challenger is compared with the champion on no trusted rows';
    const mend = 'add spec.data.trusted, a labelled holdout that no retraining replaces';
    problems.push(warning(['spec', 'retraining', 'guard'], what, mend, true));
  }
  if (data['trusted'] && !guard) {
    const mend = 'add `guard: {}` to spec.retraining, or leave the file out';
    problems.push(warning(['spec', 'data', 'trusted'], 'nothing looks at the trusted rows', mend, true));
  }
  return problems;
}

/** Stages and gates have names of their own: a gate `canary` before the stage `canary` is fine. */
function repeatedNames(steps: readonly ReleaseFileStep[], at: YamlPath): Problem[] {
  const seen = new Map<string, number>();
  return steps.flatMap((step, index) => {
    const [kind, name, field] =
      'gate' in step ? ['gate', step.gate, 'gate'] : ['stage', nameOf(step), nameField(step)];
    const first = seen.get(`${kind} ${name}`);
    seen.set(`${kind} ${name}`, first ?? index);
    if (first === undefined) return [];
    const mend = kind === 'gate' ? 'rename one of them' : `add a name, such as \`name: ${name}-2\``;
    return [
      error(
        [...at, index, field],
        `the ${kind} ${name} is there twice, as steps ${first + 1} and ${index + 1}`,
        mend,
      ),
    ];
  });
}

function checkStage(step: Stage, path: YamlPath): Problem[] {
  const problems: Problem[] = [];
  const builtIn = (builtInStages as readonly string[]).includes(step.stage);
  if (!builtIn && step.taskQueue === undefined) {
    problems.push({
      ...error([...path, 'stage'], `no worker of ours knows the stage ${step.stage}`, stageMend),
      didYouMean: nearestName(step.stage, builtInStages),
    });
  }
  if (step.taskQueue === undefined) problems.push(...checkParameters(step, path));
  if (step.taskQueue === undefined && step.startWithin !== undefined) {
    const mend = 'leave it out, or say with `taskQueue` where your own worker does the stage';
    problems.push(error([...path, 'startWithin'], 'our own workers are waited for', mend, true));
  }
  if (step.taskQueue !== undefined && trafficStages.includes(step.stage)) {
    const what = `the stage ${step.stage} moves traffic, which the release does itself`;
    problems.push(error([...path, 'taskQueue'], what, 'leave it out', true));
  }
  if (
    builtIn &&
    step.shards !== undefined &&
    step.taskQueue === undefined &&
    !shardedStages.includes(step.stage)
  ) {
    const mend = `leave it out; it works for ${shardedStages.join(', ')}, and for stages of your own`;
    problems.push(error([...path, 'shards'], `the stage ${step.stage} cannot be split`, mend, true));
  }
  if (step.stage === 'canary' && !step.canary) {
    const mend = 'add `canary: { steps: [{ weight: 10 }], guards: [...] }`';
    problems.push(error([...path, 'stage'], 'the stage canary does not say how it goes', mend));
  }
  if (step.stage !== 'canary' && step.canary) {
    problems.push(
      error([...path, 'canary'], `the stage ${step.stage} is no canary`, 'move these fields to it', true),
    );
  }
  if (trafficStages.includes(step.stage) && step.checks.length > 0) {
    const mend = 'write guards in `canary` instead';
    problems.push(error([...path, 'checks'], `the stage ${step.stage} makes no checks`, mend, true));
  }
  for (const [i, current] of (step.canary?.steps ?? []).entries()) {
    const before = step.canary?.steps[i - 1];
    if (before && current.weight <= before.weight) {
      const what = `the weight ${current.weight} does not rise above ${before.weight}`;
      problems.push(error([...path, 'canary', 'steps', i, 'weight'], what, 'order the weights, each once'));
    }
  }
  if (step.canary && problems.length === 0) problems.push(...checkForecast(step, step.canary, path));
  const checkNames = new Set<string>();
  for (const [i, check] of step.checks.entries()) {
    const name = check.name ?? check.metric;
    if (checkNames.has(name)) {
      const what = `two checks of ${nameOf(step)} are called ${name}`;
      problems.push(error([...path, 'checks', i], what, 'give one of them another `name`'));
    }
    checkNames.add(name);
  }
  return problems;
}

/** The stage would refuse them when its turn comes, which may be days after the start. */
function checkParameters(step: Stage, path: YamlPath): Problem[] {
  const schema = Object.hasOwn(stageParameters, step.stage) ? stageParameters[step.stage] : undefined;
  const issues = schema?.safeParse(step.parameters).error?.issues ?? [];
  const mend = `see docs/stages.md for the parameters of ${step.stage}`;
  return issues.map((issue) => {
    const known = issue.path.filter((key) => typeof key !== 'symbol');
    return error([...path, 'parameters', ...known], issue.message, mend, true);
  });
}

/** A canary that cannot finish on the traffic that it expects would only end with people who know no more than before. */
function checkForecast(step: Stage, canary: NonNullable<Stage['canary']>, path: YamlPath): Problem[] {
  const found = forecastCanary(canaryOf(canary), step.parameters['minBins'], createRandom(1), {
    quick: true,
  });
  if (found === undefined || found.refuse === null) return [];
  const what = `on the expected traffic the canary cannot finish: ${found.refuse.replace(/\.$/, '')}`;
  return [error([...path, 'canary', 'expect'], what, found.mend, true)];
}

const stageMend = `use one of ${builtInStages.join(', ')}, or say with \`taskQueue\` where your own worker does it`;

function checkGate(
  gate: Gate,
  path: YamlPath,
  people: ReleaseFile['spec']['people'],
  requester: string,
): Problem[] {
  const mayDecide = (person: string): boolean => !(gate.preventSelfReview && person === requester);
  const eligible = new Map<string, string[]>();
  const problems: Problem[] = [];
  for (const [role, count] of Object.entries(gate.requires)) {
    const at = [...path, 'requires', role];
    const holders = people[role];
    if (!holders) {
      problems.push({
        ...error(at, `nobody holds the role ${role}`, `add it to spec.people: { ${role}: [PERSON] }`, true),
        didYouMean: nearestName(role, Object.keys(people)),
      });
      continue;
    }
    const able = [...new Set(holders)].filter(mayDecide);
    eligible.set(role, able);
    if (able.length < count) {
      const why =
        holders.includes(requester) && gate.preventSelfReview ? `; ${requester} asked for the release` : '';
      const what = `${role} needs ${people_(count)}, and ${able.length} can decide${why ? ` (${why.slice(2)})` : ''}`;
      problems.push(error(at, what, `ask for fewer, or add people to spec.people.${role}`));
    }
  }
  if (problems.length === 0 && !canAllBeFilled(gate.requires, eligible)) {
    const needed = Object.values(gate.requires).reduce((sum, n) => sum + n, 0);
    const what = `the gate ${gate.gate} needs ${needed} different people, because each has one vote`;
    problems.push(error([...path, 'requires'], what, 'add people to its roles in spec.people', true));
  }
  return problems;
}

/** Whether every seat can have a person of its own: each person votes once, for one role (augmenting paths). */
function canAllBeFilled(
  requires: Gate['requires'],
  eligible: ReadonlyMap<string, readonly string[]>,
): boolean {
  const seats = Object.entries(requires).flatMap(([role, count]) =>
    Array.from({ length: count }, () => role),
  );
  const seatOf = new Map<string, number>();
  const place = (seat: number, tried: Set<string>): boolean =>
    (eligible.get(seats[seat]!) ?? []).some((person) => {
      if (tried.has(person)) return false;
      tried.add(person);
      const taken = seatOf.get(person);
      if (taken !== undefined && !place(taken, tried)) return false;
      seatOf.set(person, seat);
      return true;
    });
  return seats.every((_, seat) => place(seat, new Set()));
}

const isCanary = (step: ReleaseFileStep): boolean => 'stage' in step && step.stage === 'canary';
const nameField = (step: Stage): string => (step.name === undefined ? 'stage' : 'name');
const people_ = (count: number): string => (count === 1 ? '1 person' : `${count} people`);

function error(path: YamlPath, what: string, mend: string, atKey = false): Problem {
  return { severity: 'error', path, what, mend, atKey };
}

function warning(path: YamlPath, what: string, mend: string, atKey = false): Problem {
  return { severity: 'warning', path, what, mend, atKey };
}
