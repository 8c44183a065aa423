import { z } from 'zod';

const share = z.number().min(0).max(1);
const column = z.string().min(1);
const severity = z.enum(['blocking', 'warning']);

/** Largest tolerated difference between two groups, and what it means to be above it. */
const gapLimit = (max: number, usual: 'blocking' | 'warning') =>
  z.strictObject({ max: share.default(max), severity: severity.default(usual) }).prefault({});

/** A file of the plan, by its name in `spec.data`. */
const file = z.string().min(1);

const privacy = z.strictObject({
  /** Parquet files that others than the training may read; the attacks on data are made on these. */
  released: z.array(file).default([]),
  /** Columns that together could point at somebody, and the one that nobody should learn (the label unless given). */
  quasiIdentifiers: z.array(column).default([]),
  sensitive: column.exactOptional(),
  /** Fewest rows that share quasi-identifiers, and fewest different sensitive values among them. */
  k: z.int().min(1).default(5),
  l: z.int().min(1).default(2),
  /** Columns of released files that hold masked identifiers, and what an attacker would try. */
  masked: z
    .record(
      column,
      z.union([
        z.strictObject({ dictionary: file.describe('A text file, one candidate a line.') }),
        z.strictObject({ digits: z.int().min(1).max(6).describe('Every number of up to so many digits.') }),
      ]),
    )
    .default({}),
  /** A table that an attacker may have, with the same quasi-identifiers. */
  linkage: z.strictObject({ table: file, maxLinked: share.default(0.005) }).exactOptional(),
  /** Tables of counts that are published: no count from 1 to k - 1. */
  tables: z.array(z.strictObject({ file, count: column })).default([]),
  /** Rows with the model's inputs, the label and a column `planted`: planted in the training where true, and never shown where false. */
  canaries: z.strictObject({ file, maxAuc: z.number().min(0.5).max(1).default(0.6) }).exactOptional(),
  /** Rows of a synthetic twin; what the stage `synthetic` left unless given. */
  twin: file.exactOptional(),
  membership: z
    .union([
      z.literal(false),
      z.strictObject({
        rows: z.int().min(100).max(20_000).default(1_500),
        neighbours: z.int().min(1).max(50).default(6),
        maxTruePositiveRate: share.default(0.05),
        severity: severity.default('blocking'),
      }),
    ])
    .prefault({}),
});

/** Regulatory packs that there are. */
export const packNames = ['eu-ai-act', 'sr-26-2', 'nist-ai-rmf'] as const;

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
      /** The answer that is good for whom it is about, for the adverse impact ratio. */
      favourable: z.enum(['positive', 'negative']).default('positive'),
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
  privacy: privacy.prefault({}),
  /** What it should reach, and tests that a person's document in `spec.data` shows, by the test's name (`data-2`). */
  mlTestScore: z
    .strictObject({
      min: z.number().min(0).max(7).default(0),
      attested: z.record(z.string().regex(/^(data|model|infra|monitor)-[1-7]$/), file).default({}),
    })
    .prefault({}),
  packs: z.array(z.enum(packNames)).default([...packNames]),
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
