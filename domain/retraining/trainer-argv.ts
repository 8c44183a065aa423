import type { TrainerSpec } from '../../contracts/plan.ts';

/** Program and arguments of one training: the same data and seed ask for the same model. */
export function trainerArgv(
  { command, arguments: more, seed }: TrainerSpec,
  { data, out, checkpoint }: { readonly data: string; readonly out: string; readonly checkpoint?: string },
): string[] {
  const kept = checkpoint === undefined ? [] : ['--checkpoint', checkpoint];
  return [...command, ...more, '--data', data, '--out', out, '--seed', String(seed), ...kept];
}
