import { z } from 'zod';

const tolerance = z.number().min(0).max(1);

/** Parameters of the stage `sandbox`. */
export const sandboxParameters = z.strictObject({
  loadSeconds: z.number().positive().max(3600).default(60),
  /** Largest difference to the golden outputs. */
  goldenTolerance: tolerance.default(1e-5),
  /** Largest difference between two ways of asking: some kernels add up in another order for another batch size. */
  repeatTolerance: tolerance.default(1e-6),
  runs: z.int().min(2).max(100).default(3),
  seed: z.int().min(0).max(4_294_967_295).default(1),
  labelColumn: z.string().min(1).default('late'),
  slices: z.array(z.string().min(1)).max(20).default([]),
  sliceMinRows: z.int().min(2).default(200),
  batchRows: z.int().min(1).max(10_000).default(500),
  /** Rows that the reference profile rests on at most. */
  referenceRows: z.int().min(1).max(200_000).default(20_000),
  loadRequests: z.int().min(1).max(1_000_000).default(500),
  loadConcurrency: z.int().min(1).max(256).default(4),
  /** Trains once more, with the plan's command and seed on its `training` file, and compares the answers. */
  trainAgain: z.boolean().default(false),
  /** Largest difference between the answers of the two trainings. */
  trainTolerance: tolerance.default(1e-6),
});
export type SandboxParameters = z.infer<typeof sandboxParameters>;
