import type {
  CloseActionMessage,
  DecisionMessage,
  OpenActionMessage,
  OperatorMessage,
  SkipMessage,
  SlotGrantedMessage,
} from '../../contracts/messages.ts';
import type { LogPosition } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import type { DossierOccasion, Failure, Informed, Vote } from './events.ts';

/** A request to a release. Those of people may be refused, with a reason; those of our own effects are ignored when stale. */
export type ReleaseCommand = { readonly at: string } & (
  | {
      readonly type: 'Start';
      readonly plan: Plan;
      readonly planRef: EvidenceRef;
      readonly dossier?: true;
    }
  | { readonly type: 'FinishStage'; readonly step: number; readonly attempt: number; readonly report: Report }
  | { readonly type: 'FailStage'; readonly step: number; readonly attempt: number; readonly failure: Failure }
  | {
      readonly type: 'OpenGate';
      readonly step: number;
      readonly gate: string;
      readonly evidence: EvidenceRef;
    }
  | { readonly type: 'FailGate'; readonly step: number; readonly gate: string; readonly failure: Failure }
  | { readonly type: 'ExpireGate'; readonly step: number; readonly gate: string }
  | ({
      readonly type: 'Decide';
      readonly decision: Vote['decision'];
      readonly attestation: Vote['attestation'];
    } & DecisionMessage)
  | ({ readonly type: 'Pause' } & OperatorMessage)
  | ({ readonly type: 'Resume' } & OperatorMessage)
  | ({ readonly type: 'Abort' } & OperatorMessage)
  | ({ readonly type: 'Retry' } & OperatorMessage)
  | ({ readonly type: 'Rollback' } & OperatorMessage)
  | ({ readonly type: 'Skip' } & SkipMessage)
  | {
      readonly type: 'RefuseMessage';
      readonly message: string;
      readonly from: string;
      readonly reason: string;
    }
  | ({ readonly type: 'GrantSlot' } & SlotGrantedMessage)
  | { readonly type: 'RevokeSlot'; readonly reason: string }
  | {
      readonly type: 'ConfirmShift';
      readonly changeId: string;
      readonly counted: Readonly<Record<string, number>>;
      readonly seconds: number;
      readonly position: LogPosition;
    }
  | { readonly type: 'FailShift'; readonly changeId: string; readonly failure: Failure }
  | {
      readonly type: 'FinishObservation';
      readonly changeId: string;
      readonly report: Report;
    }
  | { readonly type: 'FailObservation'; readonly changeId: string; readonly failure: Failure }
  | { readonly type: 'BreakGuard'; readonly changeId: string; readonly report: Report }
  | { readonly type: 'Supersede'; readonly by: string }
  | { readonly type: 'ExpireReview'; readonly dueAt: string }
  | ({ readonly type: 'OpenAction' } & OpenActionMessage)
  | ({ readonly type: 'CloseAction' } & CloseActionMessage)
  | {
      readonly type: 'FinishDossier';
      readonly occasion: DossierOccasion;
      readonly files: readonly EvidenceRef[];
    }
  | { readonly type: 'FailDossier'; readonly occasion: DossierOccasion; readonly failure: Failure }
  | { readonly type: 'ConfirmInformed'; readonly of: Informed }
);

export type ReleaseCommandOf<Type extends ReleaseCommand['type']> = Extract<ReleaseCommand, { type: Type }>;
