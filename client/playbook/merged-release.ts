import { dirname } from 'node:path';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import type { ReleaseFile } from '../../contracts/schemas/release-file.ts';
import { compareRules, isRecord, mergeSpecs, stepNameOf } from '../../domain/playbook/index.ts';
import { nameOf } from '../plan-steps.ts';
import type { Problem, YamlPath } from '../problem.ts';
import { valueAt } from '../schema-problems.ts';
import { ReleaseFileError, type YamlFile } from '../yaml-file.ts';
import { findPlaybook } from './find-playbook.ts';
import { inUpperFile } from './places.ts';
import { readPlaybook, type Playbook } from './read-playbook.ts';
import { rulesOf } from './rules.ts';

/** A release file over its playbook, before defaults; the file itself where it names none. */
export interface MergedRelease {
  readonly data: unknown;
  readonly playbook?: Playbook;
  /** A problem of the merged data, at its place in the release file. */
  readonly placed: (problem: Problem) => Problem;
}

/** Throws `ReleaseFileError` when the playbook is not there, or does not hold. */
export async function mergeRelease(file: YamlFile): Promise<MergedRelease> {
  const own = file.data['spec'] as JsonValue | undefined;
  const named = isRecord(own) ? own['playbook'] : undefined;
  if (!isRecord(own) || typeof named !== 'string') return { data: file.data, placed: (problem) => problem };
  const found = await findPlaybook(named, dirname(file.path));
  if (typeof found !== 'string') throw new ReleaseFileError(file.located([found]));
  const playbook = await readPlaybook(found);
  const merged = mergeSpecs(underneath(playbook, own), own);
  return {
    data: { ...file.data, spec: merged.value },
    playbook,
    placed: (problem) => inUpperFile(problem, merged, playbook.name),
  };
}

/** What a release takes of its playbook. How to train is the release's own, and so is whether it is trained at all. */
function underneath({ written, spec }: Playbook, own: JsonObject): JsonObject {
  const { risk, steps, rollback, watch, retraining } = written;
  const data = Object.fromEntries(Object.entries(spec.runbooks).map(([name, path]) => [name, { path }]));
  const taken: JsonObject = { risk, steps, rollback, watch, data };
  return isRecord(own['retraining']) ? { ...taken, retraining } : taken;
}

/** What the playbook asks the release for, and what it does not allow. Called before the schema has its say. */
export function checkAsked(data: unknown, { name, spec }: Playbook): Problem[] {
  const steps = (valueAt(data, ['spec', 'steps']) ?? []) as readonly JsonValue[];
  const asks = `the playbook ${name} asks for`;
  const files = Object.entries(spec.needs).flatMap(([file, what]): Problem[] => {
    if (valueAt(data, ['spec', 'data', file]) !== undefined) return [];
    return [
      error(
        ['spec', 'data'],
        `${asks} the file ${file}: ${what}`,
        `add to spec.data: { ${file}: { path: FILE } }`,
      ),
    ];
  });
  const fields = Object.entries(spec.fill).flatMap(([field, what]): Problem[] => {
    const index = steps.findIndex((step) => field.startsWith(`${stepNameOf(step)}.`));
    const step = steps[index];
    if (!isRecord(step) || step['skip'] !== undefined) return [];
    const keys = field.slice((stepNameOf(step)?.length ?? 0) + 1).split('.');
    if (valueAt(step['parameters'], keys) !== undefined) return [];
    const mend = `add to the step ${stepNameOf(step)}: { parameters: ${braces(keys)} }`;
    return [error(['spec', 'steps', index, 'parameters', ...keys], `${asks} ${field}: ${what}`, mend)];
  });
  const skipped = steps.flatMap((step, index): Problem[] =>
    spec.skips === 'refused' && isRecord(step) && isRecord(step['skip'])
      ? [
          error(
            ['spec', 'steps', index, 'skip'],
            `the playbook ${name} lets no stage be left out`,
            'take `skip` out',
          ),
        ]
      : [],
  );
  return [...files, ...fields, ...skipped];
}

/** `{ limits: { max: ... } }` */
const braces = (keys: readonly string[]): string =>
  keys.reduceRight((inner, key) => `{ ${key}: ${inner} }`, '...');

/** What the release file changes of its playbook. */
export function changesOf(release: ReleaseFile, { name, spec }: Playbook): PlaybookChange[] {
  const is = rulesOf(release.spec, undefined);
  return compareRules(rulesOf(spec, is), is, { of: name });
}

/** What lets more through is told by lint, at its place. */
export function weakened(changes: readonly PlaybookChange[], { spec }: ReleaseFile): Problem[] {
  return changes.flatMap((change): Problem[] =>
    // What is skipped is told already, with what it costs.
    change.effect === 'weaker' && change.field !== 'skip'
      ? [
          {
            severity: 'warning',
            path: placeOf(change, spec),
            what: `weaker than the playbook: ${change.text}`,
            mend: 'people see this at every gate',
          },
        ]
      : [],
  );
}

function placeOf({ step, field }: PlaybookChange, spec: ReleaseFile['spec']): YamlPath {
  if (step === 'plan') return ['spec', ...field.split('.')];
  const index = spec.steps.findIndex((one) => ('gate' in one ? `gate ${one.gate}` : nameOf(one)) === step);
  if (index === -1) return ['spec', 'playbook'];
  const found = spec.steps[index]!;
  const keys: (string | number)[] = field === '' ? [] : field.split('.');
  if (keys[0] === 'checks' && 'stage' in found) {
    const check = found.checks.findIndex(({ name, metric }) => keys[1] === (name ?? metric));
    keys.splice(1, 1, ...(check === -1 ? [] : [check]));
  }
  if (keys[1] === 'guards' && 'stage' in found) {
    const guard = found.canary?.guards.findIndex(({ metric }) => metric === keys[2]) ?? -1;
    keys.splice(2, 1, ...(guard === -1 ? [] : [guard]));
  }
  return ['spec', 'steps', index, ...keys];
}

function error(path: YamlPath, what: string, mend: string): Problem {
  return { severity: 'error', path, what, mend };
}
