import { z } from 'zod';

/** Faults that the proxy makes between caller and model, each on a share of the calls. */
export const networkFaults = [
  'delay',
  'jitter',
  'drop',
  'reset',
  'slow-body',
  'wrong-body',
  'server-error',
  'truncated-body',
] as const;
export type NetworkFault = (typeof networkFaults)[number];

/** Every fault that the stage `resilience` knows, in the order in which it tries them. */
export const faultNames = [
  ...networkFaults,
  'missing-features',
  'unknown-values',
  'malformed',
  'oversized',
  'burst',
  'backlog',
] as const;
export type FaultName = (typeof faultNames)[number];

const share = z.number().gt(0).max(1);
const milliseconds = z.number().positive().max(60_000);
/** A fault is tried unless the plan says `false`, and that stays visible in the report. */
const orNot = <T extends z.ZodType>(settings: T) => z.union([z.literal(false), settings]);

export const faultSettings = z
  .strictObject({
    /** Every answer comes so much later. */
    delay: orNot(z.strictObject({ share: share.default(1), ms: milliseconds.default(50) })).prefault({}),
    /** Exponentially distributed delays with this mean. */
    jitter: orNot(z.strictObject({ share: share.default(1), ms: milliseconds.default(50) })).prefault({}),
    /** The request is taken and never answered. */
    drop: orNot(z.strictObject({ share: share.default(0.25) })).prefault({}),
    /** The connection is reset (TCP RST). */
    reset: orNot(z.strictObject({ share: share.default(0.5) })).prefault({}),
    /** The answer trickles. */
    'slow-body': orNot(
      z.strictObject({ share: share.default(0.25), bytesPerSecond: z.int().min(1).default(200) }),
    ).prefault({}),
    /** Another page, another request's answer, wrong types, impossible scores. */
    'wrong-body': orNot(z.strictObject({ share: share.default(0.5) })).prefault({}),
    /** 500, 502, 503 or 504. */
    'server-error': orNot(z.strictObject({ share: share.default(0.5) })).prefault({}),
    /** The connection ends in the middle of the answer. */
    'truncated-body': orNot(z.strictObject({ share: share.default(0.5) })).prefault({}),
    /** A source of features is gone: its inputs are missing. Source to inputs; each input by itself unless given. */
    'missing-features': orNot(
      z.strictObject({ sources: z.record(z.string(), z.array(z.string().min(1)).min(1)).exactOptional() }),
    ).prefault({}),
    /** Categories that training never saw. */
    'unknown-values': orNot(z.strictObject({})).prefault({}),
    malformed: orNot(z.strictObject({})).prefault({}),
    oversized: orNot(z.strictObject({})).prefault({}),
    /** So many calls at one moment, each on a connection of its own. */
    burst: orNot(z.strictObject({ calls: z.int().min(1).max(5000).default(100) })).prefault({}),
    /** A consumer of predictions stalls for so long while calls go on, and must drain what piled up. */
    backlog: orNot(
      z.strictObject({
        stallSeconds: z.number().positive().max(600).default(1),
        drainSeconds: z.number().positive().max(3600).default(10),
      }),
    ).prefault({}),
  })
  .prefault({});
export type FaultSettings = z.infer<typeof faultSettings>;
