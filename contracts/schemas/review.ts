import { z } from 'zod';
import { duration } from './duration.ts';

const share = z.number().min(0).max(1);
const margin = z.number().min(0).max(10);
const factor = z.number().min(1).max(1000);

/** How long a version soaks, and who acts on what was not as predicted: the field `review` of the stage of that name. */
export const reviewSpec = z.strictObject({
  soak: z
    .strictObject({
      time: duration.prefault('7d').describe('By the clock, from the promotion.'),
      labelled: z.int().min(0).default(1000).describe('Labelled predictions of this version.'),
      eventTime: duration
        .exactOptional()
        .describe(
          'Of data, from the first prediction to the newest. For recorded traffic that is played faster.',
        ),
      atMost: duration
        .prefault('30d')
        .describe('By the clock, from the promotion. Then it is reviewed on what there is.'),
    })
    .prefault({})
    .describe('It is over when all of it is reached.'),
  actions: z
    .strictObject({
      owner: z.string().min(1).default('owner').describe('Role that owns what the review finds.'),
      due: duration.prefault('14d').describe('From the review.'),
    })
    .prefault({}),
});

/** Parameters of the stage `review`: what production may differ from what was predicted. */
export const reviewParameters = z.strictObject({
  /** Largest tolerated loss against the sandbox's prediction, in the metric's unit; the loss's upper bound (95 %) is compared. */
  quality: z
    .strictObject({
      auc: margin.default(0.05),
      'log-loss': margin.default(0.05),
      brier: margin.default(0.02),
      'calibration-error': margin.default(0.05),
    })
    .prefault({}),
  /** Times the predicted 99th percentile that production's may be. */
  latencyFactor: factor.default(2),
  /** Share of requests that the model may leave to the declared answer, or to an error. */
  maxErrors: share.default(0.01),
  /** Times the processor seconds for a thousand requests that the sandbox needed. */
  cpuFactor: factor.default(3),
  /** Hours that the release may have waited at its gates; as long as their timeouts unless given. */
  maxGateHours: z.number().positive().exactOptional(),
  maxEvidenceMiB: z.number().positive().default(1024),
  maxIncidents: z.int().min(0).default(0),
  maxAlerts: z.int().min(0).default(0),
  feedback: z
    .strictObject({
      /** Share of what users say that may be negative: a complaint, or a rating of 1 or 2. */
      maxNegative: share.default(0.1),
      minAnswers: z.int().min(1).default(30),
      /** Inputs by whose values it is looked at apart. */
      slices: z.array(z.string().min(1)).max(20).default([]),
    })
    .prefault({}),
  seed: z.int().min(0).max(4_294_967_295).default(1),
  /** Predictions to look at, the first ones after the promotion. */
  maxRows: z.int().min(100).max(2_000_000).default(500_000),
});
export type ReviewParameters = z.infer<typeof reviewParameters>;
