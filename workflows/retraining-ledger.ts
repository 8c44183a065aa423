import { ActivityFailure, ApplicationFailure, CancellationScope, patched } from '@temporalio/workflow';
import type { EvidenceRef } from '../contracts/evidence.ts';
import { retrainingWorkflowId } from '../contracts/ids.ts';
import type { RetrainingInput } from '../contracts/messages.ts';
import type { RetrainingEvent } from '../domain/retraining/index.ts';
import { LedgerWriter } from './ledger-writer.ts';

/** Facts of one retraining, written behind its work: neither a training nor its model waits for the database. */
export class RetrainingLedger {
  // A retraining that began before its facts were kept goes on without them.
  private readonly kept = patched('retraining-ledger');
  private readonly writer: LedgerWriter;
  private failed: unknown = undefined;
  private written: Promise<void> = Promise.resolve();

  constructor({ model, decision }: RetrainingInput) {
    this.writer = new LedgerWriter(retrainingWorkflowId(model, decision), 0);
  }

  record<Type extends RetrainingEvent['type']>(
    type: Type,
    data: Extract<RetrainingEvent, { type: Type }>['data'],
  ): void {
    if (!this.kept) return;
    const fact = { type, data, at: new Date().toISOString() };
    // A cancelled retraining has an end too, and that is a fact.
    const appended = CancellationScope.nonCancellable(() => this.writer.append([fact]));
    this.written = Promise.all([this.written, appended]).then(
      () => undefined,
      (error: unknown) => void (this.failed ??= error),
    );
  }

  /** Waits until all is written. Throws when the ledger holds another history. */
  async flush(): Promise<void> {
    await this.written;
    if (this.failed !== undefined) throw this.failed;
  }
}

/** The log that a failed training left in the evidence store. */
export function logOf(error: unknown): EvidenceRef | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) return null;
  const [details] = (cause.details ?? []) as readonly unknown[];
  if (typeof details !== 'object' || details === null || !('log' in details)) return null;
  return details.log as EvidenceRef;
}
