import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TrainingCode } from '../../contracts/activities.ts';
import type { TrainerSpec } from '../../contracts/plan.ts';

const run = promisify(execFile);

/** The commit of the trainer's folder, whether files were changed since, and where others find it; nothing where there is no git. */
export async function codeOf({ cwd }: TrainerSpec): Promise<TrainingCode> {
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
