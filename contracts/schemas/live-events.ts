import { z } from 'zod';
import { alertNames, type AlertReported } from '../alerts.ts';
import type { EvidenceRef } from '../evidence.ts';
import { NAME_RULE, isName } from '../ids.ts';
import { driftKinds, eventTypes } from '../live-events.ts';
import type {
  IncidentRaised,
  DriftReported,
  FeedbackGiven,
  LabelObserved,
  Measurement,
  PredictionLogged,
} from '../live-events.ts';
import type { WatchSpec } from '../plan.ts';
import type { WatchSet } from '../watch.ts';

/**
 * What live events must look like, enforced where they come in. Unknown fields are errors: a histogram or an e-mail
 * address that somebody added must not travel on into a workflow's history. Numbers are finite: JSON's `1e999` is not.
 */

/** Most measurements that one drift event may carry. */
export const MAX_MEASUREMENTS = 200;

const name = z.string().refine(isName, { error: NAME_RULE });
const shortText = z.string().min(1).max(256);
const time = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'use 64 lower-case hex characters');
const count = z.int().nonnegative();

export const predictionLogged = z.strictObject({
  model: name,
  version: name,
  arm: z.enum(['baseline', 'canary']),
  predictionId: shortText,
  time,
  unit: z.string().min(1).max(64).exactOptional(),
  features: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  score: z.number().min(0).max(1).nullable(),
  status: z.enum(['ok', 'fallback', 'error']),
  latencyMs: z.number().nonnegative(),
}) satisfies z.ZodType<PredictionLogged>;

export const labelObserved = z.strictObject({
  model: name,
  predictionId: shortText,
  label: z.union([z.literal(0), z.literal(1)]),
  observedAt: time,
}) satisfies z.ZodType<LabelObserved>;

const feedbackFields = z.strictObject({
  model: name,
  predictionId: shortText.exactOptional(),
  version: name.exactOptional(),
  rating: z.int().min(1).max(5).exactOptional(),
  complaint: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'use a category of 1 to 40 lower-case letters, digits and dashes')
    .exactOptional(),
  givenAt: time,
});

export const feedbackGiven = feedbackFields
  .refine(({ predictionId, version }) => (predictionId === undefined) !== (version === undefined), {
    error: 'name either the `predictionId` or the `version` that it is about',
  })
  .refine(({ rating, complaint }) => rating !== undefined || complaint !== undefined, {
    error: 'give a `rating`, a `complaint`, or both',
  }) satisfies z.ZodType<FeedbackGiven>;

const measurement = z.strictObject({
  scope: z.enum(['dataset', 'feature', 'prediction', 'label']),
  name: shortText.nullable(),
  metric: shortText,
  value: z.number(),
  threshold: z.number(),
  driftWhen: z.enum(['gt', 'gte', 'lt', 'lte']),
  drifted: z.boolean(),
}) satisfies z.ZodType<Measurement>;

const driftFields = z.strictObject({
  model: z.strictObject({ name, version: name, environment: shortText }),
  monitor: z.strictObject({ tool: shortText, toolVersion: z.string().max(256), id: shortText }),
  kind: z.enum(driftKinds),
  verdict: z.enum(['drift', 'no_drift', 'unresolved']),
  severity: z.enum(['info', 'warning', 'critical']).nullable(),
  window: z.strictObject({ start: time, end: time, rows: count }),
  reference: z.strictObject({ id: shortText }),
  measurements: z.array(measurement).max(MAX_MEASUREMENTS),
  evidence: z.strictObject({ uri: z.string().min(1).max(2048), sha256 }).exactOptional(),
});

export const driftReported = driftFields.refine(
  ({ window }) => Date.parse(window.start) <= Date.parse(window.end),
  { path: ['window'], error: 'start is after end' },
) satisfies z.ZodType<DriftReported>;

export const incidentRaised = z.strictObject({
  model: name,
  incident: shortText,
  kind: z.enum(driftKinds),
  version: name,
  severity: z.enum(['info', 'warning', 'critical']).nullable(),
  windowStart: time,
  windowEnd: time,
  headline: z.string(),
  driftEvent: shortText,
}) satisfies z.ZodType<IncidentRaised>;

const evidenceRef = z.strictObject({
  name: shortText,
  sha256,
  bytes: count,
  mediaType: shortText,
}) satisfies z.ZodType<EvidenceRef>;

const watchSpec = z.strictObject({
  windowHours: z.number().positive(),
  minRows: count,
  psi: z.number().nonnegative(),
  logLossIncrease: z.number().nonnegative(),
  aucDecrease: z.number().nonnegative(),
  persistence: z.int().positive(),
  groups: z.array(shortText).max(8).exactOptional(),
  fairnessDifference: z.number().min(0).max(1).exactOptional(),
  slices: z.array(shortText).max(8).exactOptional(),
  positiveThreshold: z.number().min(0).max(1).exactOptional(),
  calibrationError: z.number().min(0).max(1).exactOptional(),
  outOfDistribution: z.number().min(0).max(1).exactOptional(),
  complaintRate: z.number().min(0).max(1).exactOptional(),
}) satisfies z.ZodType<WatchSpec>;

export const watchSet = z.strictObject({
  model: name,
  version: name,
  release: shortText,
  profile: evidenceRef,
  settings: watchSpec,
}) satisfies z.ZodType<WatchSet>;

export const alertReported = z.strictObject({
  alert: z.enum(alertNames),
  severity: z.enum(['warning', 'critical']),
  environment: shortText,
  target: shortText,
  summary: z.string().min(1).max(2048),
  value: z.number(),
  threshold: z.number(),
  unit: shortText,
  since: time,
}) satisfies z.ZodType<AlertReported>;

/** Schema of the `data` of each event type. */
export const liveEventSchemas = {
  [eventTypes.prediction]: predictionLogged,
  [eventTypes.label]: labelObserved,
  [eventTypes.feedback]: feedbackGiven,
  [eventTypes.watch]: watchSet,
  [eventTypes.driftDetected]: driftReported,
  [eventTypes.driftCleared]: driftReported,
  [eventTypes.driftUnresolved]: driftReported,
  [eventTypes.incidentRaised]: incidentRaised,
  [eventTypes.alertRaised]: alertReported,
  [eventTypes.alertResolved]: alertReported,
} as const;

/** The first few problems in one line: `measurements.0.value: Invalid input; window: start is after end`. */
export function explain(error: z.ZodError): string {
  const lines = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || '(root)'}: ${message}`);
  const more = error.issues.length - lines.length;
  const text = lines.join('; ') + (more > 0 ? `; and ${more} more` : '');
  return text.length > 500 ? `${text.slice(0, 497)}...` : text;
}
