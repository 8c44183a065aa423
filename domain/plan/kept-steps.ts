import type { Step } from '../../contracts/plan.ts';

/**
 * What a retrained version would be spared that its champion had to pass, in words; empty when nothing. Every gate stays,
 * with as many people of each role, and so does the canary: a version that nobody asked for needs them most.
 */
export function sparedSteps(steps: readonly Step[], next: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'stage') {
      const done = (one: Step): boolean =>
        one.kind === 'stage' && one.stage === 'canary' && (one.skip === undefined || step.skip !== undefined);
      return step.stage !== 'canary' || next.some(done) ? [] : [`the stage ${step.name}`];
    }
    const same = next.find((one) => one.kind === 'gate' && one.name === step.name);
    if (same?.kind !== 'gate') return [`the gate ${step.name}`];
    const count = (role: string): number =>
      same.requirements.find((one) => one.role === role)?.requiredApproverCount ?? 0;
    const fewer = step.requirements.filter(({ role, requiredApproverCount: n }) => count(role) < n);
    return fewer.map(({ role, requiredApproverCount: n }) => `${n} of ${role} at the gate ${step.name}`);
  });
}

/** A skip was signed for one version: the next one is tried in full, unless the plan says for retrainings that it is not. */
export function withoutSkips(steps: readonly Step[]): Step[] {
  return steps.map((step) => {
    if (step.kind !== 'stage' || step.skip === undefined) return step;
    const { skip: _, ...rest } = step;
    return rest;
  });
}
