import { proxyActivities } from '@temporalio/workflow';
import type { LightActivities } from '../contracts/activities.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { JsonObject } from '../contracts/json.ts';
import { nonRetryableFailures } from '../contracts/failures.ts';

const { appendToLedger } = proxyActivities<LightActivities>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '30s', nonRetryableErrorTypes: nonRetryableFailures },
});

interface Fact {
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
}

/**
 * Appends a stream's facts in order, behind the work that they cause. The workflow's own history is the truth and the
 * ledger its projection: a database that is away must never hold up a rollback. `flushed` says when nothing is left.
 */
export class LedgerWriter {
  private waiting: Fact[] = [];
  private writing = false;
  private readonly stream: string;
  private written: number;

  constructor(stream: string, written: number) {
    this.stream = stream;
    this.written = written;
  }

  get flushed(): boolean {
    return !this.writing && this.waiting.length === 0;
  }

  /** Starts to write; a rejection means that the ledger holds another history, and is the caller's to raise. */
  async append(facts: readonly Fact[]): Promise<void> {
    this.waiting.push(...facts);
    if (this.writing) return;
    this.writing = true;
    try {
      while (this.waiting.length > 0) await this.writeBatch();
    } finally {
      this.writing = false;
    }
  }

  private async writeBatch(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    const events = batch.map(({ type, data, at }) => ({ type, data: data as JsonObject, at }));
    const first = this.written + 1;
    const summary = `ledger ${first}${batch.length > 1 ? `-${first + batch.length - 1}` : ''}: ${batch.map(({ type }) => type).join(', ')}`;
    await appendToLedger.executeWithOptions({ summary: summary.slice(0, 200) }, [
      { stream: this.stream, after: this.written, events },
    ]);
    this.written += batch.length;
  }
}
