import { z } from 'zod';
import type { AlertName } from '../alerts.ts';

const seconds = z.number().positive().max(3600);
const milliseconds = z.number().positive().max(60_000);
const share = z.number().min(0).max(1);

/** The alerts that the stage can call forth, each by a failure that it makes. */
export const rehearsedAlerts = [
  'replica-down',
  'slow-answers',
  'missing-inputs',
] as const satisfies AlertName[];

/** What an item of the check list may rest on: checks of this stage. */
export const preProductionChecks = [
  ...['pattern', 'peak', 'latency-network', 'latency-gateway', 'latency-model', 'region-loss', 'restart'],
  ...['toggle', 'rollback', 'metrics-emitted', 'alerts-emitted'],
] as const;

const item = z
  .strictObject({
    item: z.string().min(1).describe('What must be so, in words.'),
    check: z.enum(preProductionChecks).exactOptional().describe('The check of this stage that shows it.'),
    signedBy: z
      .string()
      .min(1)
      .exactOptional()
      .describe('Or the person who says so, who did not ask for the release.'),
  })
  .refine(
    ({ check, signedBy }) => check === undefined || signedBy === undefined,
    'name `check` or `signedBy`, not both',
  );

/** Parameters of the stage `pre-production`. */
export const preProductionParameters = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1),
  loadSeconds: seconds.default(60),
  /** Longest wait of a caller for one region; then it asks the other. */
  timeoutMs: milliseconds.default(1000),
  /** Requests under way at most; one more counts as lost. */
  maxInFlight: z.int().min(1).max(4096).default(512),
  peak: z
    .strictObject({
      /** Times the busiest window that was recorded. */
      multiple: z.number().min(1).max(1000).default(2),
      /** Requests a second at least: twice a quiet model's peak would try nothing. */
      leastPerSecond: z.number().positive().max(10_000).default(50),
      seconds: seconds.default(10),
      /** Length of the window whose arrival is replayed. */
      windowSeconds: z.number().positive().max(86_400).default(60),
      /** The latest logged requests that are looked at. */
      records: z.int().min(100).max(1_000_000).default(20_000),
    })
    .prefault({}),
  /** Share of requests that may stay without the model's answer, in each rehearsal. */
  maxLost: share.default(0.001),
  /** 99th percentiles at the peak, in milliseconds. */
  budgets: z
    .strictObject({
      network: milliseconds.default(200),
      gateway: milliseconds.default(200),
      model: milliseconds.default(200),
    })
    .prefault({}),
  /** Longest time for a region to be back, lost or restarted. */
  restartSeconds: seconds.default(60),
  /** Name in `spec.data` of the runbook that rolls back, and how long its commands may take. */
  rollbackRunbook: z.string().min(1).default('runbook-bad-version'),
  runbookSeconds: seconds.default(60),
  /** The monitoring plan: what must really be emitted. */
  monitoring: z
    .strictObject({
      alerts: z.array(z.enum(rehearsedAlerts)).default([...rehearsedAlerts]),
      metrics: z
        .array(z.string().min(1))
        .default([
          'seatrial_gateway_requests_total',
          'seatrial_gateway_request_seconds_count',
          'seatrial_gateway_rows_total',
          'seatrial_gateway_in_flight',
        ]),
    })
    .prefault({}),
  lookEveryMs: milliseconds.default(500),
  slowMs: milliseconds.default(500),
  /** What slow answers are slowed by: longer than `slowMs`. */
  spikeMs: milliseconds.default(1500),
  alertSeconds: seconds.default(60),
  /** Whether alerts must be in the Kafka topic too. */
  alertLog: z.boolean().default(true),
  checklist: z.array(item).max(100).default([]),
});
export type PreProductionParameters = z.infer<typeof preProductionParameters>;
export type ChecklistItem = PreProductionParameters['checklist'][number];
