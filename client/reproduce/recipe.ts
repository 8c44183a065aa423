import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { Plan, TrainerSpec } from '../../contracts/plan.ts';

/** What the books say of how a version was trained. */
export interface Recipe {
  readonly trainer: TrainerSpec;
  readonly data: EvidenceRef;
  /** Commit of the training code, where the lineage names one. */
  readonly commit: string | null;
  /** Files had been changed since that commit, and nobody kept them. */
  readonly changed: boolean;
  /** Where others find the code, and the trainer's folder in it. */
  readonly repository: string | null;
  /** Digests of the training's own files, by name, as the command wrote them down. */
  readonly files: Readonly<Record<string, string>>;
  /** Seed, parameters, versions, data: what the command wrote down of itself. */
  readonly record: JsonObject | null;
}

/** Something without which the training cannot be repeated, or not as it was. */
export interface Lack {
  readonly what: string;
  readonly mend: string;
}

/**
 * The recipe of a version: of a retrained one from the lineage that the retraining wrote, and else from the plan's own trainer
 * and the training record. What the record says outranks the plan, because it was written by the training itself.
 */
export function recipeOf(plan: Plan, record: JsonObject | null): Recipe | readonly Lack[] {
  const trainer = plan.retraining?.trainer;
  const data = plan.data['training'];
  const lacks: Lack[] = [];
  if (trainer === undefined) {
    const what = 'the plan does not say which command trained the version';
    lacks.push({ what, mend: 'name it under `retraining.trainer` in the next release file' });
  }
  if (data === undefined) {
    const what = 'the plan does not say which file the version was trained on';
    lacks.push({ what, mend: 'name it as `training` under `data` in the next release file' });
  }
  if (trainer === undefined || data === undefined) return lacks;
  const lineage = plan.lineage ?? {};
  const told = objectOf(lineage['trainer']);
  const code = objectOf(lineage['code']);
  const seed = numberOf(record?.['seed']) ?? numberOf(told['seed']) ?? trainer.seed;
  const digests = Object.entries(objectOf(record?.['code']));
  return {
    trainer: {
      ...trainer,
      command: textsOf(told['command']) ?? trainer.command,
      arguments: textsOf(told['arguments']) ?? trainer.arguments,
      seed,
    },
    data,
    commit: textOf(code['commit']),
    changed: code['changed'] === true,
    repository: textOf(code['repository']),
    files: Object.fromEntries(
      digests.flatMap(([name, digest]) => (typeof digest === 'string' ? [[name, digest]] : [])),
    ),
    record,
  };
}

export const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
const textOf = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
const textsOf = (value: JsonValue | undefined): string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? (value as string[]) : undefined;
