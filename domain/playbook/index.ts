/** A playbook under a release file: how the two are merged, and what the file changes of it. Pure. */
export { playbookLine, playbookView } from './view.ts';
export { compareRules, type PlanRules } from './compare.ts';
export { isRecord, mergeSpecs, stepNameOf, type Merged } from './merge.ts';
