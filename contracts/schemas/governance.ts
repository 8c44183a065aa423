import { z } from 'zod';

const share = z.number().min(0).max(1);
const column = z.string().min(1);
const severity = z.enum(['blocking', 'warning']);

/** Largest tolerated difference between two groups, and what it means to be above it. */
const gapLimit = (max: number, usual: 'blocking' | 'warning') =>
  z.strictObject({ max: share.default(max), severity: severity.default(usual) }).prefault({});

/** Parameters of the stage `governance`. */
export const governanceParameters = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1),
  loadSeconds: z.number().positive().max(3600).default(60),
  labelColumn: column.default('late'),
  batchRows: z.int().min(1).max(10_000).default(500),
  /** Rows of each file that the model is asked about at most, spread evenly. */
  maxRows: z.int().min(100).max(200_000).default(20_000),
  fairness: z
    .strictObject({
      /** Columns of the validation file whose values are groups; a list of columns stands for their intersections. */
      groups: z
        .array(z.union([column, z.array(column).min(2).max(4)]))
        .max(10)
        .default([]),
      /** Groups with fewer rows are named and not judged. */
      minimumRows: z.int().min(2).default(100),
      limits: z
        .strictObject({
          'demographic-parity': gapLimit(0.2, 'blocking'),
          'equalized-odds': gapLimit(0.2, 'blocking'),
          'predictive-parity': gapLimit(0.2, 'blocking'),
          'calibration-within-groups': gapLimit(0.1, 'blocking'),
          representation: gapLimit(0.1, 'warning'),
        })
        .prefault({}),
    })
    .prefault({}),
  /** What only people can say about the model; it goes into the model card. */
  card: z
    .strictObject({
      license: z.string().min(1).exactOptional(),
      intendedUse: z.string().min(1).exactOptional(),
      outOfScope: z.string().min(1).exactOptional(),
      limitations: z.string().min(1).exactOptional(),
      ethics: z.string().min(1).exactOptional(),
      contact: z.string().min(1).exactOptional(),
    })
    .prefault({}),
});
export type GovernanceParameters = z.infer<typeof governanceParameters>;
