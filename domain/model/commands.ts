import type { DriftBatch } from '../../contracts/messages.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { RetrainingSpec } from '../../contracts/plan.ts';
import type { Purpose } from './events.ts';

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
  | { readonly type: 'ReceiveDrift'; readonly batch: DriftBatch }
  | {
      readonly type: 'FinishRetraining';
      readonly decision: string;
      readonly outcome: 'released' | 'failed';
      readonly detail: string;
    }
  | { readonly type: 'ConfirmDelivery'; readonly id: number }
  | { readonly type: 'FailDelivery'; readonly id: number; readonly reason: string }
  | { readonly type: 'RefuseMessage'; readonly message: string; readonly reason: string }
);

export type ModelCommandOf<Type extends ModelCommand['type']> = Extract<ModelCommand, { type: Type }>;
