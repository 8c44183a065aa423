import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sha256Of, sha256OfFile } from '../../adapters/evidence/index.ts';
import type { Lack, Recipe } from './recipe.ts';

const run = promisify(execFile);
const LARGEST_FILE = 64 * 1024 * 1024;

/** The training code in a folder of its own. */
export interface Code {
  /** Where the command is run. */
  readonly cwd: string;
  readonly commit: string | null;
  /** In words: where the code came from. */
  readonly from: string;
  /** Where it is not the recorded one; empty when it is. */
  readonly lacks: readonly Lack[];
}

/**
 * Puts the recorded code into the empty folder `into`: the commit that the lineage names, or the newest commit of the trainer's folder whose
 * files have the digests that the training wrote down, or, where there is no git, a copy of the folder as it is. `folder` is
 * the trainer's folder on this machine.
 */
export async function checkOut(recipe: Recipe, folder: string, into: string): Promise<Code> {
  await mkdir(into, { recursive: true });
  const git = gitIn(folder);
  const root = await git('rev-parse', '--show-toplevel').catch(() => null);
  const paths = pathsOf(recipe);
  if (root === null) {
    await cp(folder, into, { recursive: true });
    const lacks = await unlike(recipe, paths, (path) =>
      sha256OfFile(join(into, path)).then(({ sha256 }) => sha256),
    );
    return { cwd: into, commit: null, from: `${folder}, which is in no git repository`, lacks };
  }
  const prefix = await git('rev-parse', '--show-prefix');
  const blob = (commit: string, path: string): Promise<string> =>
    run('git', ['show', `${commit}:${prefix}${path}`], {
      cwd: folder,
      encoding: 'buffer',
      maxBuffer: LARGEST_FILE,
    }).then(({ stdout }) => sha256Of(stdout));
  const { commit, lacks } = await chooseCommit(recipe, git, paths, blob);
  await extract(root, commit, into);
  return { cwd: join(into, prefix), commit, from: `commit ${commit.slice(0, 12)} of ${root}`, lacks };
}

type Git = (...args: string[]) => Promise<string>;
type DigestIn = (commit: string, path: string) => Promise<string>;

async function chooseCommit(
  recipe: Recipe,
  git: Git,
  paths: Readonly<Record<string, string>>,
  digestIn: DigestIn,
): Promise<{ commit: string; lacks: Lack[] }> {
  const inCommit = (commit: string): Promise<Lack[]> =>
    unlike(recipe, paths, (path) => digestIn(commit, path));
  if (recipe.commit !== null) {
    const there = await git('cat-file', '-t', recipe.commit).catch(() => '');
    if (there === 'commit') {
      const lacks = await inCommit(recipe.commit);
      // Digests say more than `changed`: what had been changed may be another file of the folder.
      const known = Object.keys(recipe.files).length > 0;
      if (recipe.changed && !known) {
        const what = `files had been changed since commit ${recipe.commit.slice(0, 12)}, and nobody kept them`;
        lacks.push({ what, mend: 'commit the training code before the next training' });
      }
      return { commit: recipe.commit, lacks };
    }
  }
  const history = (await git('log', '--format=%H', '--', '.')).split('\n').filter(Boolean);
  if (Object.keys(recipe.files).length > 0) {
    for (const commit of history) if ((await inCommit(commit)).length === 0) return { commit, lacks: [] };
  }
  const head = await git('rev-parse', 'HEAD');
  if (recipe.commit !== null) {
    const what = `the repository has no commit ${recipe.commit}`;
    const where = recipe.repository === null ? '' : ` from ${recipe.repository}`;
    return {
      commit: head,
      lacks: [{ what, mend: `fetch it${where}, or name a repository that has it with --code` }],
    };
  }
  if (Object.keys(recipe.files).length === 0) {
    const what =
      'nothing says which code trained the version: no commit in its lineage, no digests in its training record';
    return {
      commit: head,
      lacks: [{ what, mend: 'write `code: { FILE: SHA256 }` in training.json, or spec.lineage' }],
    };
  }
  return { commit: head, lacks: await inCommit(head) };
}

/** Files of the record that the folder has otherwise, or not at all. */
async function unlike(
  { files }: Recipe,
  paths: Readonly<Record<string, string>>,
  digestOf: (path: string) => Promise<string>,
): Promise<Lack[]> {
  const lacks: Lack[] = [];
  for (const [name, recorded] of Object.entries(files)) {
    const found = await digestOf(paths[name] ?? name).catch(() => null);
    if (found === recorded) continue;
    const is = found === null ? 'is not there' : `has the digest ${found.slice(0, 12)}`;
    lacks.push({
      what: `${name} was ${recorded.slice(0, 12)} and ${is}`,
      mend: 'commit or fetch the code that trained the version, or name a folder that has it with --code',
    });
  }
  return lacks;
}

/** Where a recorded file is, below the trainer's folder: the record has its name, and the command its path. */
function pathsOf({ files, trainer }: Recipe): Record<string, string> {
  const inCommand = [...trainer.command, ...trainer.arguments].filter((one) => !isAbsolute(one));
  return Object.fromEntries(
    Object.keys(files).map((name) => [
      name,
      inCommand.find((one) => basename(one) === basename(name)) ?? name,
    ]),
  );
}

/** `git archive` into a folder: nothing but what is committed, and no trace in the repository. */
async function extract(root: string, commit: string, into: string): Promise<void> {
  const archive = spawn('git', ['archive', '--format=tar', commit], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tar = spawn('tar', ['-x', '-C', into], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  for (const stream of [archive.stderr, tar.stderr])
    stream.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = Promise.all([once(archive, 'close'), once(tar, 'close')]);
  await pipeline(archive.stdout, tar.stdin).catch((error: unknown) => (errors += String(error)));
  const codes = (await ended) as unknown as readonly [number | null][];
  if (codes.some(([code]) => code !== 0))
    throw new Error(`commit ${commit} cannot be unpacked: ${errors.trim()}`);
}

const gitIn =
  (cwd: string): Git =>
  async (...args) =>
    (await run('git', args, { cwd, maxBuffer: LARGEST_FILE })).stdout.trim();

/**
 * The program, which is part of the environment and not of the code: a path is looked for from the trainer's own folder.
 * Undefined when it is not on this machine.
 */
export function programOf(command: string, folder: string): string | undefined {
  if (!command.includes('/')) return command;
  const path = resolve(folder, command);
  return existsSync(path) ? path : undefined;
}
