import type { Merged } from '../../domain/playbook/index.ts';
import type { Problem } from '../problem.ts';

/**
 * A problem of a merged document, at its place in the upper file. What only the playbook below says is pointed at where that
 * playbook is named. Paths begin with `spec`, which the merged document is.
 */
export function inUpperFile(problem: Problem, merged: Merged, below: string): Problem {
  const [first, ...rest] = problem.path;
  if (first !== 'spec') return problem;
  const place = merged.inUpper(rest);
  if (place !== null) return { ...problem, path: ['spec', ...place] };
  return {
    ...problem,
    atKey: false,
    path: ['spec', 'playbook'],
    what: `${problem.what} (in the playbook ${below})`,
  };
}
