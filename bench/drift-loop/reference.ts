import type { RetrainingPolicy } from '../../contracts/plan.ts';
import type { Truth } from './traffic.ts';

/**
 * What should become of a model's events, written apart from the code that is measured: from docs/drift-loop.md, for the one
 * policy of these benches, with nothing shared but the policy's own id. It reads what the generator made, in the order of the
 * topic, and the ends of retrainings where the model heard of them, because that alone depends on time.
 */
export const referencePolicy: RetrainingPolicy = {
  version: 'be4c4001',
  minSeverity: 'critical',
  coolDownHours: 72,
  budgetPerDay: 1,
  budgetPer30Days: 4,
  beyondBudget: 'suppress',
  runStrategy: 'first-only',
  signals: {
    data: { action: 'retrain', persistence: { windows: 2, of: 3 } },
    performance: { action: 'retrain' },
    feedback: { action: 'ignore' },
  },
};

export type Bucket = 'started' | 'coalesced' | 'suppressed' | 'duplicate' | 'rejected';
export const bucketNames: readonly Bucket[] = ['started', 'coalesced', 'suppressed', 'duplicate', 'rejected'];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const REMEMBERED_NAMES = 1000;
const REMEMBERED_WINDOWS = 30;

export class ReferenceModel {
  readonly counts: Record<Bucket, number> = {
    started: 0,
    coalesced: 0,
    suppressed: 0,
    duplicate: 0,
    rejected: 0,
  };
  /** Ids of decisions, in order. */
  readonly decisions: string[] = [];
  private readonly decidedAt: number[] = [];
  private names: string[] = [];
  private windows: Record<string, number[]> = {};
  private busy = false;

  /** `now` is the workflow's clock, in milliseconds. */
  hear(event: Extract<Truth, { kind: 'event' }>, now: number): void {
    this.counts[this.bucketOf(event, now)] += 1;
  }

  retrainingEnded(): void {
    this.busy = false;
  }

  private bucketOf(event: Extract<Truth, { kind: 'event' }>, now: number): Bucket {
    if (this.names.includes(event.name)) return 'duplicate';
    this.names = [...this.names, event.name].slice(-REMEMBERED_NAMES);
    const { about, end, version, verdict } = event;
    if (end > now + DAY) return 'rejected';
    if (version !== '1') return 'rejected';
    if (verdict === 'unresolved') return 'rejected';
    if (verdict === 'no_drift' || about === 'feedback' || event.severity !== 'critical') return 'suppressed';

    const windows = new Set([...(this.windows[about] ?? []), end]);
    this.windows[about] = [...windows].sort((a, b) => a - b).slice(-REMEMBERED_WINDOWS);
    if (this.busy) return 'coalesced';
    const id = `1.${new Date(end).toISOString().slice(0, 16).replace(':', '-')}Z.24h.${referencePolicy.version}`;
    if (this.decisions.includes(id)) return 'suppressed';
    const among = this.windows[about].filter((one) => one > end - 3 * DAY && one <= end).length;
    if (about === 'data' && among < 2) return 'suppressed';
    const newest = Math.max(-Infinity, ...this.decidedAt);
    if (end - newest < 72 * HOUR) return 'suppressed';
    if (this.decidedAt.filter((one) => end - one < DAY).length >= 1) return 'suppressed';
    if (this.decidedAt.filter((one) => end - one < 30 * DAY).length >= 4) return 'suppressed';
    this.decisions.push(id);
    this.decidedAt.push(end);
    this.busy = true;
    return 'started';
  }
}
