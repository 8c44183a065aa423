import { z } from 'zod';
import { qualityFloor } from './synthetic.ts';

const share = z.number().min(0).max(1);
const windows = z.int().min(1).max(100);

/** What changes in a rehearsed drift. `concept`: labels are exchanged among rows, so that inputs stay as they are; else a perturbation. */
export const changeKinds = [
  'concept',
  'noise',
  'outliers',
  'missing',
  'unknown-category',
  'swapped-category',
  'covariate-shift',
  'imbalance',
  'sudden-drift',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** Parameters of the stage `drift-rehearsal`. */
export const driftRehearsalParameters = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1),
  loadSeconds: z.number().positive().max(3600).default(60),
  labelColumn: z.string().min(1).default('late'),
  /** Column of the event time, and of the time at which the label was known; without the second, it is known at once. */
  timeColumn: z.string().min(1),
  labelTimeColumn: z.string().min(1).exactOptional(),
  batchRows: z.int().min(1).max(10_000).default(500),
  /** Validation rows that traffic is drawn from at most, spread evenly over the file. */
  rows: z.int().min(100).max(200_000).default(5_000),
  /** Rows of later data at most. */
  laterRows: z.int().min(100).max(1_000_000).default(50_000),
  /** Runs of each scenario. */
  runs: z.int().min(40).max(10_000).default(40),
  /** Rows of one window; as many as the drawn blocks have, unless given. */
  rowsPerWindow: z.int().min(1).max(100_000).exactOptional(),
  /** Traffic is made of whole blocks of this length of event time: rows that lie together are alike. */
  blockHours: z.number().positive().max(8_760).default(24),
  /** The mildest alarm that counts; what the plan's retraining policy acts on unless given, and `warning` without a policy. */
  minSeverity: z.enum(['info', 'warning', 'critical']).exactOptional(),
  quality: qualityFloor,
  change: z
    .strictObject({
      kind: z.enum(changeKinds).default('concept'),
      /** Inputs that change; all that the kind can change unless given. */
      columns: z.array(z.string().min(1)).min(1).exactOptional(),
      /** At its worst. */
      intensity: z.number().gt(0).max(1).default(1),
      /** Steps from none to worst; each is scored once. */
      levels: z.int().min(2).max(50).default(5),
    })
    .prefault({}),
  /** Windows of an undrifted run. */
  calmWindows: windows.default(10),
  /** Windows before the change, and from the change on. */
  before: windows.default(1),
  after: windows.default(6),
  scenarios: z
    .strictObject({
      sudden: z.boolean().default(true),
      gradual: z.boolean().default(true),
      /** Windows of one season. */
      seasonal: z.union([z.literal(false), z.strictObject({ windows: windows.default(6) })]).prefault({}),
      /** Windows that the change stays, and is gone. */
      recurring: z.union([z.literal(false), z.strictObject({ windows: windows.default(2) })]).prefault({}),
    })
    .prefault({}),
  /** More missed changes than this fail the stage, whatever the plan's own checks say. */
  maxMissed: share.default(0.5),
  /** Fewer windows between false alarms than this fail it too. */
  minFalseAlarmWindows: z.number().min(1).max(10_000).default(2),
});
export type DriftRehearsalParameters = z.infer<typeof driftRehearsalParameters>;
