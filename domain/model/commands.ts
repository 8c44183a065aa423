import type { DriftBatch, DriftFold } from '../../contracts/messages.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';
import type { Purpose, RetrainingOutcome } from './events.ts';

export type ModelCommand = { readonly at: string } & (
  | { readonly type: 'RequestSlot'; readonly version: string; readonly purpose: Purpose }
  | { readonly type: 'ReleaseSlot'; readonly version: string }
  | {
      readonly type: 'Promote';
      readonly version: string;
      readonly fence: number;
      readonly retraining?: RetrainingSpec;
      readonly planRef: EvidenceRef;
    }
  | {
      readonly type: 'RollBack';
      readonly version: string;
      readonly to: string | null;
      readonly fence: number;
    }
  | { readonly type: 'NoteReview'; readonly version: string; readonly overdueSince: string | null }
  | { readonly type: 'ReceiveDrift'; readonly batch: DriftBatch | DriftFold }
  | {
      readonly type: 'FinishRetraining';
      readonly decision: string;
      readonly outcome: RetrainingOutcome;
      readonly detail: string;
    }
  /** A person's word on the retraining that is held. */
  | {
      readonly type: 'DecideRetraining';
      readonly action: 'approve' | 'reject';
      readonly decision: string;
      readonly by: string;
      readonly reason: string;
    }
  /** `until`: event time, ISO 8601 UTC, up to which data may be used; the end of the newest window unless given. */
  | {
      readonly type: 'StartRetraining';
      readonly by: string;
      readonly reason: string;
      readonly until?: string;
    }
  | { readonly type: 'ConfirmDelivery'; readonly id: number }
  | { readonly type: 'FailDelivery'; readonly id: number; readonly reason: string }
  | { readonly type: 'RefuseMessage'; readonly message: string; readonly reason: string }
);

export type ModelCommandOf<Type extends ModelCommand['type']> = Extract<ModelCommand, { type: Type }>;
