import { z } from 'zod';

const share = z.number().min(0).max(1);
const names = z.array(z.string().min(1)).min(1);
const intensities = z.array(z.number().gt(0).max(1)).min(1).max(20);

/** A perturbation is tried unless the plan says `false`, and that stays visible in the report. */
const perturbation = z
  .union([
    z.literal(false),
    z.strictObject({
      /** Inputs that change; all that the kind can change unless given. `covariate-shift` goes along the first. */
      columns: names.exactOptional(),
      intensities: intensities.exactOptional(),
    }),
  ])
  .prefault({});

/** Quality, and the floor that it must keep: at least for AUC, at most (in nats) for log-loss. */
export const qualityFloor = z.discriminatedUnion('metric', [
  z.strictObject({
    metric: z.literal('auc'),
    floor: z.number().gt(0.5, 'an AUC of 0.5 is that of a coin; set the floor above it').lt(1),
  }),
  z.strictObject({ metric: z.literal('log-loss'), floor: z.number().positive() }),
]);
export type QualityFloor = z.infer<typeof qualityFloor>;

/** Parameters of the stage `synthetic`. */
export const syntheticParameters = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1),
  loadSeconds: z.number().positive().max(3600).default(60),
  labelColumn: z.string().min(1).default('late'),
  batchRows: z.int().min(1).max(10_000).default(500),
  /** Validation rows that the curves rest on at most, spread evenly over the file. */
  rows: z.int().min(100).max(200_000).default(5_000),
  quality: qualityFloor,
  /** For every perturbation that does not say its own. */
  intensities: intensities.default([0.25, 0.5, 1]),
  perturbations: z
    .strictObject({
      noise: perturbation,
      outliers: perturbation,
      missing: perturbation,
      'unknown-category': perturbation,
      'swapped-category': perturbation,
      'covariate-shift': perturbation,
      imbalance: perturbation,
      seasonality: perturbation,
      'gradual-drift': perturbation,
      'sudden-drift': perturbation,
    })
    .prefault({}),
  twin: z
    .strictObject({
      /** Real rows that it is fitted on at most; as many are held out, and as many are drawn. */
      rows: z.int().min(200).max(50_000).default(4_000),
      /** Inputs that together could point at somebody; each combination is shared by `k` rows of the twin at least. */
      quasiIdentifiers: names.exactOptional(),
      k: z.int().min(2).max(1_000).default(5),
      /** How much further from the fitted rows the twin may be than held-out rows are, as a mean over columns, and over pairs. */
      maxMarginalExcess: share.default(0.05),
      maxPairwiseExcess: share.default(0.1),
      /** How far the share of twin rows nearer to a fitted row than to a held-out one may lie above one half. */
      maxCloser: share.default(0.1),
    })
    .prefault({}),
  load: z
    .strictObject({
      /** Callers at a time, rising. */
      concurrency: z
        .array(z.int().min(1).max(256))
        .min(1)
        .max(12)
        .refine((levels) => levels.every((level, i) => i === 0 || level > levels[i - 1]!), 'must rise')
        .default([1, 2, 4, 8]),
      /** Single-row requests at each. */
      requests: z.int().min(50).max(100_000).default(200),
      /** The budget: 99 % of the answers are no later, and no larger share fails. */
      latencyMs: z.number().positive().max(60_000).default(500),
      errorRate: share.default(0.01),
      /** Callers that must be served within the budget. */
      sustain: z.int().min(1).max(256).default(1),
    })
    .refine(({ concurrency, sustain }) => sustain <= concurrency.at(-1)!, {
      path: ['sustain'],
      error: 'so many callers are never tried; add them to `concurrency`',
    })
    .prefault({}),
});
export type SyntheticParameters = z.infer<typeof syntheticParameters>;
