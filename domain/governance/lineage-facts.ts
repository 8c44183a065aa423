import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { GovernanceFacts } from './facts.ts';

/** What a training must be repeated from: each a text for people, or null where nothing says it. */
export interface LineageFacts {
  readonly data: string | null;
  readonly code: string | null;
  readonly parameters: string | null;
  readonly seed: string | null;
  readonly environment: string | null;
}

/** From the plan's lineage, which a retraining writes, and else from the training command's own record. */
export function lineageFacts({ plan, training }: Pick<GovernanceFacts, 'plan' | 'training'>): LineageFacts {
  const lineage = plan.lineage ?? {};
  const trainer = objectOf(lineage['trainer']);
  const data =
    plan.data['training']?.sha256 ??
    textOf(objectOf(lineage['data'])['sha256']) ??
    textOf(training?.data?.['sha256']);
  const commit = textOf(objectOf(lineage['code'])['commit']);
  const scripts = Object.entries(training?.code ?? {}).map(([name, digest]) => `${name} ${String(digest)}`);
  const seed = numberOf(trainer['seed']) ?? training?.seed ?? null;
  const versions = Object.entries(training?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return {
    data: data ?? null,
    code: commit !== undefined ? `commit ${commit}` : scripts.length > 0 ? scripts.join(', ') : null,
    parameters: training?.parameters ? JSON.stringify(training.parameters) : argumentsOf(trainer),
    seed: seed === null ? null : String(seed),
    environment: versions.length > 0 ? versions.join(', ') : null,
  };
}

/** The parts of the lineage that nothing says. */
export function missingLineage(facts: LineageFacts): string[] {
  return Object.entries(facts).flatMap(([part, said]) => (said === null ? [part] : []));
}

function argumentsOf(trainer: JsonObject): string | null {
  const given = trainer['arguments'];
  return Array.isArray(given) ? given.join(' ') || 'none given' : null;
}

const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
