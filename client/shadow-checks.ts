import { shadowParameters } from '../contracts/schemas/shadow.ts';
import type { ReleaseFileStep } from '../contracts/schemas/release-file.ts';
import type { Problem, YamlPath } from './problem.ts';

const HOUR = 3_600;

/** What a shadow's own parameters cannot show: that its step gives it the time that it asks for, and comes before the canary. */
export function checkShadow(step: ReleaseFileStep, path: YamlPath, afterCanary: boolean): Problem[] {
  if (!('stage' in step) || step.stage !== 'shadow') return [];
  const { data: given } = shadowParameters.safeParse(step.parameters);
  if (given === undefined) return []; // its parameters are told of already
  const problems: Problem[] = [];
  const timeout = step.timeout ?? HOUR;
  const asked = given.loadSeconds + given.maxSeconds + given.labelSeconds;
  if (asked >= timeout)
    problems.push({
      severity: 'error',
      path: [...path, 'stage'],
      what: `the shadow may take ${asked} s, and the step ends it after ${timeout} s`,
      mend: 'raise `timeout`, or lower `maxSeconds` or `labelSeconds`',
      atKey: false,
    });
  if (afterCanary)
    problems.push({
      severity: 'warning',
      path: [...path, 'stage'],
      what: 'users meet the version in the canary before it was compared unseen',
      mend: 'move it before the stage canary',
      atKey: false,
    });
  return problems;
}
