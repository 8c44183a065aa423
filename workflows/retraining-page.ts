import { defineSignal, setCurrentDetails } from '@temporalio/workflow';
import { retrainingSignals } from '../contracts/messages.ts';
import type { RetrainingInput } from '../contracts/messages.ts';
import { blocks, plain } from './markdown.ts';

/** From the training activity. Anybody can send a signal, so what it carries is not trusted. */
export const trainingProgress = defineSignal<[unknown]>(retrainingSignals.progress);

/** What people read of a retraining while it runs: where it is, and how far its training came. */
export class RetrainingPage {
  private readonly input: RetrainingInput;
  /** Set while progress belongs on the page: news that comes late must not bring it back. */
  private rows: number | null = null;

  constructor(input: RetrainingInput) {
    this.input = input;
  }

  show(now: string, more = ''): void {
    this.rows = null;
    this.write(now, more);
  }

  training(rows: number): void {
    this.rows = rows;
    this.write(`training on ${rows} rows`, '');
  }

  progressed(message: unknown): void {
    if (this.rows === null) return;
    const line = progressLine(message);
    if (line !== undefined) this.write(`training on ${this.rows} rows`, line);
  }

  end({ outcome, detail }: { readonly outcome: string; readonly detail: string }): void {
    this.rows = null;
    setCurrentDetails(`# Retraining ${this.input.model}: ${outcome}\n\n${detail}`);
  }

  private write(now: string, more: string): void {
    const { model, reason, decision } = this.input;
    const logs = `Its words: \`seatrial logs retraining/${model}/${decision} --follow\``;
    setCurrentDetails(
      blocks(`# Retraining ${model}: ${now}`, more, `Why: ${reason}`, this.rows === null ? '' : logs),
    );
  }
}

/** `40 %: epoch 4 of 10, auc 0.71`; undefined for what is no progress. */
export function progressLine(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { done, total, note, metrics } = message as Record<string, unknown>;
  if (!isFinite(done) || !isFinite(total) || total <= 0) return undefined;
  const share = Math.min(100, Math.max(0, Math.round((100 * done) / total)));
  const words = [
    ...(typeof note === 'string' ? [plain(note)] : []),
    ...(total === 1 ? [] : [`${done} of ${total}`]),
    ...(typeof metrics === 'object' && metrics !== null ? metricWords(metrics) : []),
  ];
  return `**${share} %**${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
}

const MOST_METRICS = 10;

function metricWords(metrics: object): string[] {
  return Object.entries(metrics)
    .filter((entry): entry is [string, number] => isFinite(entry[1]))
    .slice(0, MOST_METRICS)
    .map(([name, value]) => `${plain(name)} ${Number(value.toPrecision(4))}`);
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
