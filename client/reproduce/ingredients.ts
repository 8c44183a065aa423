import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { trainerArgv } from '../../domain/retraining/index.ts';
import { checkOut, programOf, type Code } from './code.ts';
import { objectOf, type Lack, type Recipe } from './recipe.ts';
import type { ReproduceOptions } from './reproduce.ts';

/** All that a training needs, on this machine. */
export interface Ingredients {
  readonly code: Code;
  readonly program: string;
  readonly training: string;
}

/** Looks for everything before anything is trained, so that all that is missing is said at once. */
export async function ingredients(
  recipe: Recipe,
  training: string | undefined,
  { code: given, program: other }: ReproduceOptions,
  into: string,
): Promise<Ingredients | readonly Lack[]> {
  const lacks: Lack[] = [];
  const folder = given ?? recipe.trainer.cwd;
  const [command = ''] = recipe.trainer.command;
  const program = programOf(other ?? command, other === undefined ? folder : process.cwd());
  if (!existsSync(folder)) {
    const what = `the folder of the training code, ${folder}, is not on this machine`;
    const from = recipe.repository === null ? 'get the code' : `clone ${recipe.repository}`;
    lacks.push({ what, mend: `${from}, and name the folder with --code` });
  }
  if (program === undefined) {
    const what = `the program ${other ?? command} is not on this machine`;
    lacks.push({ what, mend: `make the environment, and name its program with --program.${itHad(recipe)}` });
  }
  if (lacks.length > 0 || program === undefined || training === undefined) return lacks;
  return { code: await checkOut(recipe, folder, into), program, training };
}

/** The environment that was written down, for who must make it. */
export function itHad({ record }: Recipe): string {
  const versions = Object.entries(objectOf(record?.['versions'])).map(
    ([name, one]) => `${name} ${String(one)}`,
  );
  return versions.length === 0 ? '' : ` It had ${versions.join(', ')}.`;
}

/** The data under its own name, since trainers look at endings; an empty folder for what the training leaves. */
export async function layOut(
  { trainer, data }: Recipe,
  { code, program, training }: Ingredients,
  dir: string,
): Promise<{ code: Code; argv: string[] }> {
  const input = join(dir, data.name);
  await symlink(training, input);
  const out = join(dir, 'out');
  await mkdir(out);
  const command = [program, ...trainer.command.slice(1)];
  return { code, argv: trainerArgv({ ...trainer, command }, { data: input, out }) };
}
