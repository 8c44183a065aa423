import { preProductionParameters } from '../contracts/schemas/pre-production.ts';
import type { ReleaseFile, ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';

/** What the parameters of `pre-production` cannot show alone: that its runbook is there, and that its signatures count. */
export function checkPreProduction(
  step: ReleaseFileStep,
  path: YamlPath,
  { data, people, requester }: Pick<ReleaseFile['spec'], 'data' | 'people' | 'requester'>,
): Problem[] {
  if (!('stage' in step) || step.stage !== 'pre-production') return [];
  const { data: given } = preProductionParameters.safeParse(step.parameters);
  if (given === undefined) return []; // its parameters are told of already
  const problems: Problem[] = [];
  const at = [...path, 'parameters'];
  const runbook = given.rollbackRunbook;
  if (!Object.hasOwn(data, runbook))
    problems.push({
      ...problem(
        'error',
        at,
        `spec.data has no file ${runbook}, which rolls back`,
        `add it: { ${runbook}: { path: FILE } }`,
      ),
      didYouMean: nearestName(runbook, Object.keys(data)),
    });
  const persons = [...new Set(Object.values(people).flat())];
  for (const [index, { item, check, signedBy }] of given.checklist.entries()) {
    const here = [...at, 'checklist', index];
    if (signedBy !== undefined && (signedBy === requester || !persons.includes(signedBy))) {
      const why = signedBy === requester ? 'asked for the release' : 'holds no role in spec.people';
      problems.push(
        problem('error', here, `${signedBy} ${why}, and cannot sign "${item}"`, 'name somebody else'),
      );
    }
    if (signedBy === undefined && check === undefined)
      problems.push(
        problem(
          'warning',
          here,
          `nobody has signed "${item}", so the stage will be inconclusive`,
          'add `signedBy`, or the `check` that shows it',
        ),
      );
  }
  if (given.slowMs >= given.spikeMs)
    problems.push(
      problem('error', at, 'spikeMs is not above slowMs, so nothing would be slow', 'raise `spikeMs`'),
    );
  return problems;
}

function problem(severity: Problem['severity'], path: YamlPath, what: string, mend: string): Problem {
  return { severity, path, what, mend, atKey: false };
}
