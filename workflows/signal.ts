import type { SignalDefinition } from '@temporalio/workflow';

/** Every signal of ours takes one payload, which its receiver does not trust. */
export type Signal = SignalDefinition<[raw: unknown]>;
