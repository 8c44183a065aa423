/**
 * Every failure an activity throws has one of these types. A failed validation is a result and is not here: these say
 * that a check could not be made, or an effect could not be had. `retryable: false` ends the attempt at once.
 */
export const failures = {
  ArtifactMissing: {
    retryable: false,
    help: 'The artifact is not in the evidence store. Put it there, then send `retry`.',
  },
  DigestMismatch: {
    retryable: false,
    help: 'A file is not the one that the plan froze. Nothing was run on it.',
  },
  DataUnreadable: { retryable: false, help: 'A data file of the plan cannot be read in the declared form.' },
  PlanInvalid: {
    retryable: false,
    help: 'The plan asks for something that this stage does not know. Correct the release file.',
  },
  ServingUnavailable: {
    retryable: true,
    help: 'The serving process or gateway did not answer. It is tried again.',
  },
  StaleFence: {
    retryable: false,
    help: 'Another release holds the traffic slot, so this traffic change is refused.',
  },
  TrafficNotVerified: {
    retryable: true,
    help: 'The gateway said yes, and counting served versions said no. It is tried again.',
  },
  LogUnavailable: { retryable: true, help: 'Kafka did not answer. It is tried again.' },
  LedgerUnavailable: { retryable: true, help: 'The ledger database did not answer. It is tried again.' },
  LedgerConflict: {
    retryable: false,
    help: 'The ledger holds another entry at this position: two writers, or a changed history.',
  },
  EvidenceUnavailable: { retryable: true, help: 'The evidence store did not answer. It is tried again.' },
  TrainingFailed: {
    retryable: false,
    help: 'The training command ended with an error; its last lines are in the message.',
  },
  TrainingLost: { retryable: true, help: 'The training process was lost. It is started again.' },
} as const;

export type FailureType = keyof typeof failures;

export const nonRetryableFailures: string[] = Object.entries(failures)
  .filter(([, { retryable }]) => !retryable)
  .map(([type]) => type);
