/** Judging what an incident drill showed. Pure. */
export { drillMetrics, judgeMode, judgeRollback } from './judge.ts';
export type { ModeFacts, RollbackFacts, RunbookFacts } from './judge.ts';
