import { z } from 'zod';
import { alertNames } from '../alerts.ts';

/** What can break in serving, in the order in which the stage `incident-drill` breaks it. */
export const failureModes = ['latency-spike', 'data-source-loss', 'replica-loss', 'bad-version'] as const;
export type FailureMode = (typeof failureModes)[number];

const seconds = z.number().positive().max(3600);
const milliseconds = z.number().positive().max(60_000);
/** Name of the runbook's file in `spec.data`. */
const runbook = z.string().min(1);
/** Who answers while it is broken: the model, the other replica's model, or the declared score. */
const degradedMode = z.enum(['model', 'failover', 'fallback']);

/** Parameters of the stage `incident-drill`. */
export const incidentDrillParameters = z.strictObject({
  seed: z.int().min(0).max(4_294_967_295).default(1),
  loadSeconds: seconds.default(60),
  /** Longest wait of a caller for one replica. */
  timeoutMs: milliseconds.default(500),
  /** How often the watch looks at each gateway, and which answers it calls slow. */
  lookEveryMs: milliseconds.default(500),
  slowMs: milliseconds.default(500),
  /** What a latency spike adds to every answer. Longer than the caller waits, and than what is slow. */
  spikeMs: milliseconds.default(1500),
  /** Longest time from the failure to its alert, and from its end to the alert's end. */
  alertSeconds: seconds.default(30),
  /** Share of calls while it is broken that must be answered in the declared way. */
  minDegraded: z.number().min(0).max(1).default(0.9),
  /** Longest time for the commands of one runbook. */
  runbookSeconds: seconds.default(60),
  /** Whether alerts must be in the Kafka topic too. */
  alertLog: z.boolean().default(true),
  /** Every failure mode needs an alert and a runbook; one that is not here fails the stage. */
  failureModes: z
    .strictObject({
      'latency-spike': z
        .strictObject({
          alert: z.enum(alertNames).default('slow-answers'),
          runbook,
          degradedMode: degradedMode.default('fallback'),
        })
        .exactOptional(),
      'data-source-loss': z
        .strictObject({
          alert: z.enum(alertNames).default('missing-inputs'),
          runbook,
          degradedMode: degradedMode.default('model'),
          /** Inputs that come from the source; the first one unless given. */
          inputs: z.array(z.string().min(1)).min(1).exactOptional(),
        })
        .exactOptional(),
      'replica-loss': z
        .strictObject({
          alert: z.enum(alertNames).default('replica-down'),
          runbook,
          degradedMode: degradedMode.default('failover'),
        })
        .exactOptional(),
      /** Noticed by the canary's guards and not by an alert; its runbook rolls back. */
      'bad-version': z.strictObject({ runbook }).exactOptional(),
    })
    .prefault({}),
});
export type IncidentDrillParameters = z.infer<typeof incidentDrillParameters>;
