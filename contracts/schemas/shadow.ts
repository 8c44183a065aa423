import { z } from 'zod';

const share = z.number().min(0).max(1);
const milliseconds = z.number().positive().max(60_000);
const input = z.string().min(1);

/** Parameters of the stage `shadow`. Shares and scores from 0 to 1. */
export const shadowParameters = z.strictObject({
  loadSeconds: z.number().positive().max(3600).default(60),
  /** Production requests to compare; then the comparison ends, so that nobody looks until it pleases. */
  minRequests: z.int().min(30).max(200_000).default(1000),
  /** Longest wait for them; with fewer the stage is inconclusive. Less than the step's timeout. */
  maxSeconds: z.number().positive().max(604_800).default(1800),
  /** Labelled requests without which the stage is inconclusive; 0 when it can do without. */
  minLabels: z.int().min(0).max(200_000).default(0),
  /** How long to wait for labels after the last request. */
  labelSeconds: z.number().min(0).max(604_800).default(0),
  /** Requests under way to the candidate at most. One more is dropped, and counted. */
  maxInFlight: z.int().min(1).max(1024).default(64),
  maxDropped: share.default(0.02),
  /** Share of requests that the candidate may leave unanswered. */
  maxErrors: share.default(0.01),
  confidence: z.number().min(0.5).max(0.999).default(0.95),
  maxFlipRate: share.default(0.1),
  maxScoreShift: share.default(0.05),
  /** Inputs whose values make slices; every category that is not personal unless given. */
  slices: z.array(input).max(20).exactOptional(),
  sliceMinRows: z.int().min(10).default(100),
  maxSliceFlipRate: share.default(0.25),
  maxSliceScoreShift: share.default(0.15),
  /** Log-loss in nats that the candidate may lose against the champion. */
  logLossMargin: z.number().min(0).max(1).default(0.02),
  /** 99th percentiles under the recorded arrival, in milliseconds: `model` runs, `gateway` is its own work, `network` all else. */
  budgets: z
    .strictObject({
      network: milliseconds.default(100),
      gateway: milliseconds.default(100),
      model: milliseconds.default(100),
    })
    .prefault({}),
  /** Inputs that hold something personal, beside those that are recognised by name or value. */
  personal: z.array(input).max(100).default([]),
  /** Inputs that a name makes look personal and that a person has looked at. Their values are still looked at. */
  notPersonal: z.array(input).max(100).default([]),
  /** `hash`: by a key that lives as long as the stage. `drop`: nothing stays. */
  masking: z.enum(['hash', 'drop']).default('hash'),
  /** Compared requests that are kept as evidence, masked. */
  keepRows: z.int().min(0).max(50_000).default(2000),
});
export type ShadowParameters = z.infer<typeof shadowParameters>;
