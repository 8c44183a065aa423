import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { StageStep, Step } from '../../contracts/plan.ts';
import type { PlaybookFile } from '../../contracts/schemas/playbook-file.ts';
import type { ReleaseFile } from '../../contracts/schemas/release-file.ts';
import { stageParameters } from '../../contracts/schemas/stage-parameters.ts';
import type { PlanRules } from '../../domain/playbook/index.ts';
import { watchOf } from '../plan-policies.ts';
import { stepOf } from '../plan-steps.ts';
import { valueAt } from '../schema-problems.ts';

type Spec = Pick<ReleaseFile['spec'], 'risk' | 'rollback' | 'watch'> & {
  readonly steps: ReleaseFile['spec']['steps'];
  readonly retraining?: NonNullable<PlaybookFile['spec']['retraining']> | undefined;
};

const HOUR = 3_600;
/** Only rates of groups use it, and it is the release's own. */
const ANY_THRESHOLD = 0.5;

/**
 * What a spec says once it is frozen, every default in it. What a playbook leaves to the release to say it takes from `filled`,
 * because a stage's parameters have defaults only as a whole.
 */
export function rulesOf({ risk, rollback, watch, retraining, steps }: Spec, filled?: PlanRules): PlanRules {
  const { policy, guard } = retraining ?? {};
  return {
    risk,
    rollback: { objectiveSeconds: rollback.objective },
    steps: steps.map(stepOf).map((step) => withDefaults(step, filled?.steps)),
    ...(watch ? { watch: watchOf(watch, ANY_THRESHOLD) } : {}),
    ...(retraining
      ? { retraining: { ...(policy ? { policy: plainPolicy(policy) } : {}), ...(guard ? { guard } : {}) } }
      : {}),
  };
}

function plainPolicy({
  coolDown,
  ...rest
}: NonNullable<NonNullable<Spec['retraining']>['policy']>): JsonObject {
  return { ...rest, coolDownHours: coolDown / HOUR } as JsonObject;
}

function withDefaults(step: Step, others: readonly Step[] = []): Step {
  if (step.kind !== 'stage' || step.taskQueue !== undefined) return step;
  const schema = Object.hasOwn(stageParameters, step.stage) ? stageParameters[step.stage] : undefined;
  if (schema === undefined) return step;
  const first = schema.safeParse(step.parameters);
  if (first.success) return { ...step, parameters: first.data as JsonObject };
  const same = others.find((one): one is StageStep => one.kind === 'stage' && one.name === step.name);
  const filled = structuredClone(step.parameters) as Record<string, JsonValue>;
  for (const { path } of first.error.issues) {
    const keys = path.filter((key) => typeof key !== 'symbol');
    if (valueAt(step.parameters, keys) === undefined) put(filled, keys, valueAt(same?.parameters, keys));
  }
  const second = schema.safeParse(filled);
  return second.success ? { ...step, parameters: second.data as JsonObject } : step;
}

function put(
  block: Record<string, JsonValue>,
  [key, ...rest]: readonly (string | number)[],
  value: unknown,
): void {
  if (key === undefined || value === undefined) return;
  if (rest.length === 0) block[key] = value as JsonValue;
  else put((block[key] ??= {}) as Record<string, JsonValue>, rest, value);
}
