import { z } from 'zod';
import { NAME_RULE } from '../ids.ts';
import { builtInStages } from '../stages.ts';
import { duration } from './duration.ts';
import { reviewSpec } from './review.ts';

/**
 * The release file: what a team writes to release one version of a model. Unknown fields are errors, because a misspelt
 * check would be a check that nobody makes. Parsing fills in the defaults and turns durations into seconds; what needs more
 * than one field, or the disk, is checked by the client's `release-checks.ts`.
 */

/** The rule of `isName` once more, because JSON Schema knows patterns and no functions. A test holds the two together. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, NAME_RULE);
const person = z.string().min(1).max(128);
const count = z.int().min(1);
const share = z.number().min(0).max(1);

const file = z.strictObject({
  path: z.string().min(1).describe('Path of the file, relative to this release file.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'write 64 lower-case hex characters')
    .exactOptional()
    .describe('The file must have this digest. Without it, the file that is found is frozen.'),
});

const check = z
  .strictObject({
    metric: z.string().min(1).describe('Name of a metric that the stage reports.'),
    name: z.string().min(1).exactOptional().describe('Name in reports; the metric unless given.'),
    min: z.number().exactOptional().describe('Smallest value that passes.'),
    max: z.number().exactOptional().describe('Largest value that passes.'),
    severity: z
      .enum(['blocking', 'warning'])
      .default('blocking')
      .describe('A failed warning is shown and does not stop the release.'),
    minSamples: count.exactOptional().describe('Fewer samples than this make the verdict inconclusive.'),
  })
  .refine((c) => c.min !== undefined || c.max !== undefined, 'a check needs a limit; add `min` or `max`')
  .refine((c) => c.min === undefined || c.max === undefined || c.min <= c.max, {
    path: ['min'],
    error: '`min` is greater than `max`, so nothing can pass; exchange them',
  });

const guard = z
  .strictObject({
    metric: z.enum(['log-loss', 'brier', 'cost', 'errors', 'latency']).describe('What must not get worse.'),
    margin: z
      .number()
      .min(0)
      .describe('Largest tolerated harm: canary minus baseline, in the metric’s unit.'),
    thresholdMs: z
      .number()
      .positive()
      .exactOptional()
      .describe('For latency: calls slower than this are counted.'),
    cost: z
      .strictObject({ falseNegative: z.number().min(0), falsePositive: z.number().min(0) })
      .exactOptional()
      .describe('For cost: the price of a missed and of a needless positive.'),
  })
  .refine((g) => (g.metric === 'latency') === (g.thresholdMs !== undefined), {
    error: '`thresholdMs` belongs to the guard `latency`, which needs it; add or remove it',
  })
  .refine((g) => (g.metric === 'cost') === (g.cost !== undefined), {
    error: '`cost` belongs to the guard `cost`, which needs it; add or remove it',
  });

const rows = z
  .strictObject({
    value: z.number().describe('The serving version’s mean.'),
    deviation: z.number().min(0).describe('Standard deviation between rows.'),
  })
  .exactOptional();

const expected = z
  .strictObject({
    requestsPerMinute: z.number().positive().describe('Predictions a minute, of all callers together.'),
    errorRate: share.exactOptional().describe('For the guard errors: share of calls that fail.'),
    logLoss: rows.describe('For the guard log-loss.'),
    brier: rows.describe('For the guard brier.'),
    cost: rows.describe('For the guard cost.'),
  })
  .describe(
    'Live traffic, so that `seatrial plan` can forecast the canary and `seatrial lint` refuse one that cannot finish. ' +
      'Event time must run with the clock: leave it out where recorded traffic is replayed faster.',
  );

const canary = z.strictObject({
  steps: z
    .array(
      z.strictObject({
        weight: z.int().min(1).max(100).describe('Per cent of callers that the canary serves.'),
        minSamples: count.exactOptional().describe('Labelled predictions needed in each arm at this step.'),
      }),
    )
    .min(1)
    .describe('Weights must rise.'),
  minSamples: count.default(500).describe('For the steps that do not say their own.'),
  guards: z.array(guard).min(1),
  maxTimePerStep: duration.prefault('24h').describe('Then the step is inconclusive, and a person decides.'),
  alpha: z.number().gt(0).lt(0.5).default(0.05).describe('Chance of a false abort over the whole canary.'),
  judge: z
    .enum(['sequential', 'mannwhitney'])
    .exactOptional()
    .describe(
      'The sequential judge decides. `mannwhitney`: each report also says what Kayenta’s judge makes of the same bins, ' +
        'to compare. It decides nothing, since looking again and again it keeps no promise.',
    ),
  bin: duration
    .exactOptional()
    .describe('The arms are compared in bins of this length, in event time; 60s unless given.'),
  labelDelay: duration
    .exactOptional()
    .describe('A bin is closed this long after its end; labels that come later count as missing.'),
  expect: expected.exactOptional(),
});

const stageStep = z.strictObject({
  stage: name.describe(`One of ${builtInStages.join(', ')}, or your own with a taskQueue.`),
  name: name
    .exactOptional()
    .describe('Needed when a stage is done twice; the stage’s own name unless given.'),
  taskQueue: z.string().min(1).exactOptional().describe('Where workers of your own do this stage.'),
  shards: z
    .int()
    .min(1)
    .max(1000)
    .exactOptional()
    .describe('Shares that its rows are split into, each an activity of its own; 1 unless given.'),
  startWithin: duration
    .exactOptional()
    .describe('With a taskQueue: longest wait for a worker, then the stage is held; 10m unless given.'),
  timeout: duration.exactOptional().describe('1h unless given; 7d for canary and production.'),
  parameters: z.record(z.string(), z.json()).default({}).describe('What the stage’s code wants to know.'),
  checks: z.array(check).default([]),
  canary: canary.exactOptional(),
  review: reviewSpec
    .exactOptional()
    .describe('Of the stage review: its soak, and who acts on what it finds.'),
  skip: z
    .strictObject({
      reason: z.string().trim().min(1).describe('Why; it is shown at every gate that follows.'),
      approvedBy: person.describe(
        'A second person, who holds a role of this file and did not ask for the release.',
      ),
    })
    .exactOptional()
    .describe('Leaves the stage out, visibly. Of this version only: a retrained one is tried in full.'),
});

const gateStep = z.strictObject({
  gate: name,
  requires: z
    .record(name, count)
    .refine((roles) => Object.keys(roles).length > 0, 'a gate needs a role; write `requires: { ROLE: 1 }`')
    .describe('Role to the number of different people who must approve.'),
  timeout: duration.prefault('48h'),
  onTimeout: z.enum(['reject', 'approve']).default('reject'),
  preventSelfReview: z.boolean().default(true).describe('The requester’s own vote is refused.'),
});

export const steps = z.array(z.union([stageStep, gateStep])).min(1);

const features = z.array(z.string().min(1).max(256)).min(1).max(8);

export const watch = z.strictObject({
  window: duration.prefault('7d').describe('Length of a window of live traffic, in event time.'),
  minRows: count.default(1_000).describe('A window with fewer rows is unresolved.'),
  psi: z.number().positive().default(0.2).describe('Population stability index that is drift.'),
  logLossIncrease: z.number().positive().default(0.05),
  aucDecrease: share.default(0.05),
  persistence: count.default(2).describe('Windows in a row before an event is sent.'),
  groups: features
    .exactOptional()
    .describe('Features whose values must be served alike: fairness is judged between them.'),
  fairnessDifference: share
    .exactOptional()
    .describe('Largest tolerated difference of a rate between two groups; 0.2 unless given.'),
  slices: features
    .exactOptional()
    .describe('Features by whose values performance is judged too; those of groups always are.'),
  calibrationError: share
    .exactOptional()
    .describe('Largest tolerated distance of mean score and share of positives. Not judged unless given.'),
  outOfDistribution: share
    .exactOptional()
    .describe('Largest tolerated share of rows unlike all that the profile knows. Not judged unless given.'),
  complaintRate: share
    .exactOptional()
    .describe('Largest tolerated share of answers that users complain about. Not judged unless given.'),
});

const severity = z.enum(['info', 'warning', 'critical']);

const signal = (action: 'retrain' | 'incident' | 'ignore', rest: { minSeverity?: 'warning' } = {}) =>
  z
    .strictObject({
      action: z
        .enum(['retrain', 'incident', 'ignore'])
        .default(action)
        .describe('incident: people are told, on the topic seatrial.incidents; nothing is trained.'),
      minSeverity: severity.exactOptional().describe('The policy’s unless given; warning for quality.'),
      persistence: z
        .strictObject({ windows: count.max(30), of: count.max(30) })
        .refine(({ windows, of }) => windows <= of, 'more windows than there are; lower `windows`')
        .exactOptional()
        .describe(
          'Drift in at least `windows` of the newest `of` windows of event time; 1 of 1 unless given.',
        ),
    })
    .prefault(rest);

export const policy = z.strictObject({
  minSeverity: severity.default('critical'),
  coolDown: duration
    .prefault('14d')
    .describe('In event time, from the end of the data that the serving version was trained on.'),
  budgetPer30Days: count.default(2).describe('Retrainings in 30 days of event time; more need a person.'),
  budgetPerDay: count.default(1).describe('Retrainings in 24 hours of event time; more are suppressed.'),
  beyondBudget: z
    .enum(['hold', 'suppress'])
    .default('hold')
    .describe('Whether a retraining beyond budgetPer30Days waits for a person, or is only counted.'),
  runStrategy: z
    .enum(['sequential', 'first-only', 'last-only'])
    .default('first-only')
    .describe('What drift means while a retraining runs: the first waits, none, or the newest.'),
  rearmWindows: count
    .max(30)
    .exactOptional()
    .describe(
      'After a decision, a kind must be cleared or quiet for so many windows. Not asked unless given.',
    ),
  approvers: name.exactOptional().describe('Role that starts, approves and rejects; anybody unless given.'),
  signals: z
    .strictObject({
      data: signal('retrain').describe('Features look unlike the reference.'),
      prediction: signal('retrain').describe('Answers look unlike the reference.'),
      concept: signal('retrain').describe('Another relation of the two, as outside monitors say.'),
      performance: signal('retrain').describe('Answers against the truth.'),
      calibration: signal('retrain').describe('Scores against the share of positives.'),
      fairness: signal('retrain').describe('Groups are served unlike each other.'),
      quality: signal('incident', { minSeverity: 'warning' }).describe(
        'Broken input, such as a dead sensor.',
      ),
      feedback: signal('incident').describe('What users say.'),
    })
    .prefault({})
    .describe('What each kind of drift leads to.'),
});

export const retrainingGuard = z
  .strictObject({
    outcome: z.enum(['held', 'failed']).default('held').describe('What a breach makes of the retraining.'),
    maxPsi: z.number().positive().exactOptional().describe('Of any feature; not limited unless given.'),
    maxLabelRateChange: share.default(0.2).describe('Difference of the share of positive labels.'),
    maxDuplicateShare: share.default(0.2).describe('Rows that are exact copies of others.'),
    ownDecisionColumn: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        'True where the model’s own decision made the label: a loan that it refused was never repaid.',
      ),
    maxOwnDecisionShare: share.default(0.2),
    maxTrustedLogLossIncrease: z
      .number()
      .min(0)
      .default(0.02)
      .describe('In nats over the champion, on data.trusted.'),
    labelColumn: z.string().min(1).default('late'),
  })
  .describe('Holds new data and the new model against the champion’s, before they become a release.');

const retraining = z.strictObject({
  policy: policy.prefault({}),
  trainer: z.strictObject({
    command: z.array(z.string().min(1)).min(1).describe('--data, --out and --seed are added.'),
    dataCommand: z.array(z.string().min(1)).min(1).describe('--from, --to and --out are added.'),
    cwd: z.string().min(1).default('.').describe('Relative to this release file.'),
    seed: z.int().min(0).max(4_294_967_295).default(0),
    arguments: z.array(z.string()).default([]),
    checkpoint: z
      .boolean()
      .exactOptional()
      .describe(
        '--checkpoint DIR is added: what the command leaves there, an attempt after a lost worker finds.',
      ),
    taskQueue: z.string().min(1).exactOptional(),
    timeout: duration.prefault('2h'),
  }),
  trainedUntil: z.iso
    .datetime({ offset: true })
    .exactOptional()
    .describe('Where the data ends that this version was trained on; the cool-down counts from here.'),
  window: duration.prefault('60d').describe('Labelled data before the drift window’s end.'),
  guard: retrainingGuard.exactOptional(),
  next: z
    .strictObject({ steps })
    .exactOptional()
    .describe('Steps of the next version, where they differ; every gate and the canary stay.'),
});

export const releaseFile = z
  .strictObject({
    apiVersion: z.literal('seatrial/v1'),
    kind: z.literal('Release'),
    metadata: z.strictObject({
      model: name,
      version: name.describe('Can be released once.'),
      summary: z.string().min(1).max(200).exactOptional().describe('One line for people.'),
    }),
    spec: z.strictObject({
      requester: person.describe('Who asks for the release; may not approve it.'),
      playbook: z
        .string()
        .min(1)
        .exactOptional()
        .describe(
          'Name of a shipped playbook, or a path such as ./my-playbook, relative to this file. What the file says is merged over it.',
        ),
      risk: z.enum(['low', 'medium', 'high']).default('medium'),
      people: z.record(name, z.array(person).min(1)).default({}).describe('Role to the people who hold it.'),
      artifact: file.describe('The model, as ONNX.'),
      signature: file
        .exactOptional()
        .describe('Inputs and outputs; signature.json beside the artifact unless given.'),
      data: z
        .record(name, file)
        .default({})
        .describe(
          'Files that stages read: golden, validation, profile; and trusted, labelled rows that no retraining replaces.',
        ),
      serving: z.strictObject({
        fallback: z
          .strictObject({ score: share })
          .describe('The answer when no model can give one: the declared degraded mode.'),
        threshold: share.default(0.5).describe('Scores at or above this are the positive class.'),
      }),
      steps,
      rollback: z
        .strictObject({ objective: duration.prefault('60s').describe('Time from bad to verified rollback.') })
        .prefault({}),
      watch: watch.exactOptional(),
      retraining: retraining.exactOptional(),
      lineage: z.record(z.string(), z.json()).exactOptional().describe('Where this version came from.'),
    }),
  })
  .meta({
    title: 'Seatrial release',
    description: 'One version of a model, and the trip it makes to production.',
  });

/** As written, before defaults. */
export type ReleaseFileInput = z.input<typeof releaseFile>;
/** As parsed: defaults filled in, durations in seconds. */
export type ReleaseFile = z.output<typeof releaseFile>;
export type ReleaseFileStep = ReleaseFile['spec']['steps'][number];

/** JSON Schema (draft 2020-12) of the file as people write it, with all of its rules in it. */
export function releaseFileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(releaseFile, { io: 'input' });
}
