import type { PlaybookFile } from '../../contracts/schemas/playbook-file.ts';
import { nearestName } from '../nearest-name.ts';
import { nameOf } from '../plan-steps.ts';
import type { Problem, YamlPath } from '../problem.ts';
import { checkSteps } from '../release-checks.ts';
import { valueAt } from '../schema-problems.ts';

type Spec = PlaybookFile['spec'];
type Step = Spec['steps'][number];

/** More people than any gate asks for: who holds a role is for the release file to say. */
const ANYBODY = Array.from({ length: 50 }, (_, i) => `person-${i}`);

/** What one field of a playbook alone cannot show. `spec` is whole: what it builds on is in it. */
export function checkPlaybook(spec: Spec): readonly Problem[] {
  const people = Object.fromEntries(
    Object.keys(spec.roles).map((role) => [role, ANYBODY.map((one) => `${role}-${one}`)]),
  );
  const found = checkSteps(spec.steps, ['spec', 'steps'], people, '');
  return [
    ...found.filter(({ path }) => !isLeftToFill(path, spec)).map(inPlaybook),
    ...skips(spec),
    ...runbooksOf(spec),
    ...filled(spec),
    ...reasons(spec),
  ];
}

/** A parameter that the release will say is no error before it does. */
function isLeftToFill(path: YamlPath, { steps, fill }: Spec): boolean {
  const [, , index, parameters, ...keys] = path;
  const step = typeof index === 'number' ? steps[index] : undefined;
  if (parameters !== 'parameters' || step === undefined || !('stage' in step)) return false;
  if (valueAt(step.parameters, keys) !== undefined) return false;
  const field = [nameOf(step), ...keys].join('.');
  return Object.keys(fill).some((one) => one === field || one.startsWith(`${field}.`));
}

/** Roles are declared here, and held by people in the release file. */
function inPlaybook(problem: Problem): Problem {
  const role = /^nobody holds the role (.*)$/.exec(problem.what)?.[1];
  if (role === undefined) return problem;
  const mend = `add it to spec.roles: { ${role}: WHAT IT ANSWERS FOR }`;
  return { ...problem, what: `the role ${role} is not declared`, mend };
}

function skips({ steps }: Spec): Problem[] {
  return steps.flatMap((step, index) =>
    'stage' in step && step.skip
      ? [
          error(
            ['spec', 'steps', index, 'skip'],
            'a playbook cannot sign for a skipped stage',
            'leave the stage out, or let the release file skip it',
          ),
        ]
      : [],
  );
}

function runbooksOf({ steps, runbooks, needs }: Spec): Problem[] {
  const known = [...Object.keys(runbooks), ...Object.keys(needs)];
  return steps.flatMap((step, index) => {
    if (!('stage' in step) || step.stage !== 'incident-drill') return [];
    const modes = (step.parameters['failureModes'] ?? {}) as Record<string, { runbook?: unknown }>;
    return Object.entries(modes).flatMap(([mode, { runbook }]) => {
      if (typeof runbook !== 'string' || known.includes(runbook)) return [];
      const at = ['spec', 'steps', index, 'parameters', 'failureModes', mode, 'runbook'];
      const what = `neither spec.runbooks nor spec.needs has ${runbook}`;
      const problem = error(at, what, `add it: { ${runbook}: runbooks/${mode}.md }`);
      return [{ ...problem, didYouMean: nearestName(runbook, known) }];
    });
  });
}

function filled({ fill, steps }: Spec): Problem[] {
  const names = steps.flatMap((step) => ('stage' in step ? [nameOf(step)] : []));
  return Object.keys(fill).flatMap((field) => {
    if (names.some((one) => field.startsWith(`${one}.`))) return [];
    const problem = error(
      ['spec', 'fill', field],
      `no stage of this playbook has ${field}`,
      'write STAGE.FIELD',
    );
    return [{ ...problem, atKey: true, didYouMean: nearestName(field.split('.')[0] ?? '', names) }];
  });
}

/** Every check has its reason, and every reason is of something that is there. */
function reasons(spec: Spec): Problem[] {
  const { criteria, steps } = spec;
  const known = new Set(criteria.map(({ of }) => of));
  const without = steps.flatMap((step, index) =>
    'stage' in step
      ? step.checks.flatMap((check, at) => {
          const of = `${nameOf(step)}/${check.name ?? check.metric}`;
          const path = ['spec', 'steps', index, 'checks', at];
          return known.has(of)
            ? []
            : [
                error(
                  path,
                  `nobody says why the limit of ${of} is as it is`,
                  `add to spec.criteria: { of: ${of}, because: REASON }`,
                ),
              ];
        })
      : [],
  );
  const ofNothing = criteria.flatMap(({ of }, index) =>
    isThere(of, spec)
      ? []
      : [
          error(
            ['spec', 'criteria', index, 'of'],
            `this playbook has no ${of}`,
            'write STEP/CHECK, STEP.FIELD, `gate NAME`, `watch.FIELD` or `rollback`',
          ),
        ],
  );
  return [...without, ...ofNothing];
}

/** `sandbox/auc`, `shadow.maxFlipRate`, `canary.canary.steps`, `gate validation`, `watch.psi`, `rollback`. */
function isThere(of: string, { steps, ...spec }: Spec): boolean {
  return (
    steps.some((step) => isOfStep(of, step)) ||
    (['watch', 'rollback', 'retraining', 'skips', 'risk'] as const).some((part) => {
      if (of !== part && !of.startsWith(`${part}.`)) return false;
      return valueAt(spec, of.split('.')) !== undefined;
    })
  );
}

function isOfStep(of: string, step: Step): boolean {
  if ('gate' in step) return of === `gate ${step.gate}`;
  const name = nameOf(step);
  if (of === name) return true;
  if (of.startsWith(`${name}/`))
    return step.checks.some((check) => `${name}/${check.name ?? check.metric}` === of);
  if (!of.startsWith(`${name}.`)) return false;
  const keys = of.slice(name.length + 1).split('.');
  return valueAt(step.parameters, keys) !== undefined || valueAt(step, keys) !== undefined;
}

function error(path: YamlPath, what: string, mend: string): Problem {
  return { severity: 'error', path, what, mend };
}
