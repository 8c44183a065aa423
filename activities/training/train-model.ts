import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { promisify } from 'node:util';
import type { TrainingActivities, TrainingCode } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { TrainerSpec } from '../../contracts/plan.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import { runCommand } from './command.ts';
import { progressIn, withHeartbeats } from './heartbeats.ts';
import { mediaTypeOf } from './media-type.ts';
import { inScratch } from './scratch.ts';
import { trainerArgv } from './trainer-argv.ts';

/** Name of the file that says which code was trained with; the command's own files may not have it. */
export const PROVENANCE = 'provenance';

/** Runs the training command in an empty folder and keeps every file that it leaves there. */
export function trainModel(context: ActivityContext): TrainingActivities['trainModel'] {
  return ({ retraining: { retraining }, data }) =>
    withHeartbeats('train', (say) =>
      inScratch(context.scratchDir, async (dir) => {
        const { trainer } = retraining;
        const started = performance.now();
        const input = join(dir, data.data.name);
        // The store's files have no ending, and trainers may look at it.
        await symlink(
          await evidenceFailures('the training data', () => context.evidence.path(data.data)),
          input,
        );
        const out = join(dir, 'out');
        await mkdir(out);
        const code = await codeOf(trainer);
        await runCommand({
          argv: trainerArgv(trainer, { data: input, out }),
          cwd: trainer.cwd,
          onLine: (line) => {
            const progress = progressIn(line);
            if (progress !== undefined) say(progress);
          },
        });
        const seconds = Math.round(performance.now() - started) / 1000;
        say({ phase: 'store' });
        const files = await keepFiles(context, out);
        const provenance = await context.evidence.put(JSON.stringify({ schema: 1, code }), {
          name: `${PROVENANCE}.json`,
          mediaType: 'application/json',
        });
        return { files: { ...files, [PROVENANCE]: provenance }, seconds, code };
      }),
    );
}

/** Every file of the folder by its name without ending. Hidden ones are a command's own half-written work. */
async function keepFiles(context: ActivityContext, out: string): Promise<Record<string, EvidenceRef>> {
  const files: Record<string, EvidenceRef> = {};
  const entries = await readdir(out, { withFileTypes: true });
  for (const entry of entries.filter(({ name }) => !name.startsWith('.')).sort(byName)) {
    const { name } = parse(entry.name);
    const wrong = entry.isFile()
      ? Object.hasOwn(files, name) || name === PROVENANCE
        ? `more than one file that is called ${name}`
        : undefined
      : `${entry.name}, which is no file`;
    if (wrong !== undefined) {
      throw failure('TrainingFailed', `the training command left ${wrong}; leave files with a name each`);
    }
    const label = { name: entry.name, mediaType: mediaTypeOf(entry.name) };
    files[name] = await evidenceFailures(entry.name, () =>
      context.evidence.putFile(join(out, entry.name), label),
    );
  }
  for (const name of ['model', 'signature']) {
    if (files[name] === undefined) {
      const left = Object.values(files).map((file) => file.name);
      throw failure(
        'TrainingFailed',
        `the training command left no file called ${name}; it left ${left.join(', ') || 'nothing'}`,
      );
    }
  }
  return files;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

const run = promisify(execFile);

/** The commit of the trainer's folder, whether files were changed since, and where others find it; nothing where there is no git. */
async function codeOf({ cwd }: TrainerSpec): Promise<TrainingCode> {
  const git = async (...args: string[]): Promise<string> => (await run('git', args, { cwd })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changed = (await git('status', '--porcelain', '--', '.')) !== '';
    const path = await git('rev-parse', '--show-prefix');
    const remote = await git('remote', 'get-url', 'origin').catch(() => '');
    const repository = withoutCredentials(remote);
    return {
      commit,
      changed,
      ...(repository === '' ? {} : { repository }),
      ...(path === '' ? {} : { path: path.replace(/\/$/, '') }),
    };
  } catch {
    return { commit: null }; // no git, or no repository: the lineage says so
  }
}

/** A remote's address may hold a token. A folder of this machine is no address for others. */
function withoutCredentials(remote: string): string {
  if (URL.canParse(remote)) {
    const url = new URL(remote);
    if (url.protocol === 'file:') return '';
    url.username = '';
    url.password = '';
    return url.href;
  }
  return /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(remote) ? remote : '';
}
