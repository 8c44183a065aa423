/** Stages that our own workers know. Any other needs a `taskQueue`, where somebody's worker does it. */
export const builtInStages = [
  'intake',
  'sandbox',
  'synthetic',
  'resilience',
  'drift-rehearsal',
  'governance',
  'incident-drill',
  'shadow',
  'canary',
  'pre-production',
  'production',
  'review',
] as const;
/** Stages of ours whose rows can be split over workers. */
export const shardedStages: readonly string[] = ['sandbox'];
/** Stages that change who is served; the workflow drives them itself. */
export const trafficStages: readonly string[] = ['canary', 'production'];
