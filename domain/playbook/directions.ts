/**
 * What makes a setting weaker. `most`: a limit from above, so a larger one. `least`: a limit from below, so a smaller one. `on`:
 * something that is done, so `false`. `kept`: a list, or a block by name, so leaving out of it. `few`: a list of exceptions, so a
 * longer one. `choice`: the milder of two words, `warning` and not `blocking`, `hash` and not `drop`. `floor`: as `least` for AUC, as `most` for log-loss. `none`: nothing
 * that can be ordered.
 */
export type Direction = 'most' | 'least' | 'on' | 'kept' | 'few' | 'choice' | 'floor' | 'none';

type Rule = readonly [path: RegExp, direction: Direction];

/** Parameters of stages of ours by `stage.path`; the first that matches counts. What none matches is `none`. */
const parameterRules: readonly Rule[] = [
  // Their names look like limits, and they are sizes or the pace of the work.
  [/\.(maxSeconds|maxInFlight|minSeverity)$/, 'none'],
  [/\.(maxRows|laterRows|referenceRows)$/, 'least'],
  [/\.severity$/, 'choice'],
  [/\.quality\.floor$/, 'floor'],
  [/\.(budgets\.\w+|\w*[tT]olerance)$/, 'most'],
  [/\.(max|max[A-Z]\w*)$/, 'most'],
  [/\.(min|min[A-Z]\w*)$/, 'least'],
  [
    /\.(loadSeconds|sliceMinRows|minimumRows|restartSeconds|alertSeconds|recoverySeconds|deadlineMs)$/,
    'most',
  ],
  [/^(sandbox|drift-rehearsal)\.runs$/, 'least'],
  [/^sandbox\.(loadRequests|loadConcurrency)$/, 'least'],
  [/^sandbox\.trainAgain$/, 'on'],
  [/\.slices$/, 'kept'],
  [/^(synthetic|drift-rehearsal)\.(twin\.)?rows$/, 'least'],
  [/^synthetic\.(twin\.k|load\.(sustain|requests))$/, 'least'],
  [/^synthetic\.load\.(latencyMs|errorRate)$/, 'most'],
  [/^(synthetic\.twin|governance\.privacy)\.quasiIdentifiers$/, 'kept'],
  [/^synthetic\.load\.concurrency$/, 'kept'],
  [/^synthetic\.(perturbations\.[\w-]+|perturbations\.[\w-]+\.intensities|intensities)$/, 'kept'],
  [/^resilience\.(calls|concurrency)$/, 'least'],
  // A milder fault is easier to bear.
  [/^resilience\.faults\.[\w-]+\.(share|ms)$/, 'least'],
  [/^resilience\.memory\.requests$/, 'least'],
  [/^resilience\.faults\.(burst\.calls|backlog\.stallSeconds)$/, 'least'],
  [/^resilience\.faults\.backlog\.drainSeconds$/, 'most'],
  [/^resilience\.faults\.[\w-]+$/, 'kept'],
  [/^drift-rehearsal\.(after|before|calmWindows)$/, 'none'],
  [/^drift-rehearsal\.scenarios\.\w+$/, 'on'],
  [/^governance\.fairness\.groups$/, 'kept'],
  [/^governance\.privacy\.(k|l|membership\.rows)$/, 'least'],
  [/^governance\.privacy\.membership$/, 'on'],
  [/^governance\.privacy\.(released|tables|masked|linkage|canaries)\b/, 'kept'],
  [/^governance\.packs$/, 'kept'],
  [/^incident-drill\.failureModes\.[\w-]+(\.runbook)?$/, 'kept'],
  [/\.alertLog$/, 'on'],
  [/^shadow\.confidence$/, 'least'],
  [/^shadow\.logLossMargin$/, 'most'],
  [/^shadow\.masking$/, 'choice'],
  [/^shadow\.personal$/, 'kept'],
  [/^shadow\.notPersonal$/, 'few'],
  [/^pre-production\.peak\.(multiple|leastPerSecond|seconds)$/, 'least'],
  [/^pre-production\.(monitoring\.(alerts|metrics)|checklist)$/, 'kept'],
  // What production may be worse than predicted.
  [/^review\.(quality\.[\w-]+|latencyFactor|cpuFactor)$/, 'most'],
  [/^canary\.balance$/, 'kept'],
];

export function parameterDirection(stage: string, path: string): Direction {
  const whole = `${stage}.${path}`;
  return parameterRules.find(([pattern]) => pattern.test(whole))?.[1] ?? 'none';
}

/** Fields of the watch. A longer window and more rows of it both mean that drift is seen later. */
export const watchDirections: Readonly<Record<string, Direction>> = {
  windowHours: 'most',
  minRows: 'most',
  psi: 'most',
  logLossIncrease: 'most',
  aucDecrease: 'most',
  persistence: 'most',
  groups: 'kept',
  fairnessDifference: 'most',
  slices: 'kept',
  calibrationError: 'most',
  outOfDistribution: 'most',
  complaintRate: 'most',
};

/** Fields of `retraining.guard` and of `retraining.policy`. */
export const retrainingDirections: Readonly<Record<string, Direction>> = {
  'guard.maxPsi': 'most',
  'guard.maxLabelRateChange': 'most',
  'guard.maxDuplicateShare': 'most',
  'guard.maxOwnDecisionShare': 'most',
  'guard.maxTrustedLogLossIncrease': 'most',
  'guard.ownDecisionColumn': 'kept',
  'policy.approvers': 'kept',
  'policy.budgetPer30Days': 'most',
  'policy.budgetPerDay': 'most',
  'policy.coolDownHours': 'least',
};

/** Fields of a step's `review`. What soaks for a shorter time shows less. */
export const reviewDirections: Readonly<Record<string, Direction>> = {
  'soak.seconds': 'least',
  'soak.labelled': 'least',
  'soak.eventSeconds': 'least',
  'actions.dueSeconds': 'most',
};
