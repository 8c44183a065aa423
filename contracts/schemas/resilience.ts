import { z } from 'zod';
import { faultSettings } from './faults.ts';

const share = z.number().min(0).max(1);
const milliseconds = z.number().positive().max(60_000);

/** MiB that a heap may grow by without leaking: a serving process grew by 7 MiB in its first hundreds of requests, and no more. */
const HEAP_NOISE_MIB = 30;

/** Parameters of the stage `resilience`. */
export const resilienceParameters = z
  .strictObject({
    seed: z.int().min(0).max(4_294_967_295).default(1),
    loadSeconds: z.number().positive().max(3600).default(60),
    /** Calls that each fault is tried with, and how many callers make them. */
    calls: z.int().min(1).max(100_000).default(60),
    concurrency: z.int().min(1).max(256).default(4),
    /** Longest wait of a caller; then it uses the declared score, if it has one. */
    timeoutMs: milliseconds.default(1000),
    callerFallback: z.boolean().default(true),
    /** An answer later than this is no answer. */
    deadlineMs: milliseconds.default(2000),
    /** Longest time that the gateway gives the model; then the gateway answers by the declared score. */
    modelTimeoutMs: z.int().min(1).max(60_000).default(1000),
    /** Share of the calls of each fault that must have a usable answer, the model's or the declared one. */
    minAvailability: share.default(0.99),
    /** Share that the model may leave unanswered of the calls that a fault did not touch, or that a model must bear. */
    maxSpread: share.default(0.02),
    /** Recovery-time objective after each fault; the plan's objective of rollback unless given. */
    recoverySeconds: z.number().positive().max(3600).exactOptional(),
    faults: faultSettings,
    memory: z
      .strictObject({
        requests: z.int().min(30).max(1_000_000).default(3000),
        /** Growth over the whole stage, of the serving process's resident memory. */
        maxGrowthMiB: z.number().positive().default(256),
        /** Growth that goes on, in MiB for 1,000 requests. */
        maxLeak: z.number().positive().default(20),
      })
      .refine(({ requests, maxLeak }) => maxLeak * requests >= HEAP_NOISE_MIB * 1000, {
        path: ['requests'],
        error: `so few requests cannot tell such a leak from the ${HEAP_NOISE_MIB} MiB that any heap may grow by; make requests times maxLeak at least ${HEAP_NOISE_MIB * 1000}`,
      })
      .prefault({}),
  })
  .refine(({ timeoutMs, deadlineMs }) => timeoutMs <= deadlineMs, {
    path: ['deadlineMs'],
    error: 'the deadline is shorter than the caller waits; make it at least timeoutMs',
  });
export type ResilienceParameters = z.infer<typeof resilienceParameters>;
