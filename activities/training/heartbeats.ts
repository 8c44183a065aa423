import { Context } from '@temporalio/activity';
import type { JsonObject } from '../../contracts/json.ts';

/** What a training's heartbeats carry. */
export interface TrainingProgress {
  readonly phase: 'data' | 'train' | 'store' | 'compare';
  readonly done: number;
  readonly total: number;
  /** As the command says them. */
  readonly metrics: JsonObject;
  /** The command's own words for where it is. */
  readonly note?: string;
}

// A command may be silent for long; its worker is there all the same.
const REPEAT_MS = 5_000;

/** Sends progress as heartbeats while the work lasts, the same again when nothing new is said. */
export async function withHeartbeats<T>(
  phase: TrainingProgress['phase'],
  work: (say: (progress: Partial<TrainingProgress>) => TrainingProgress) => Promise<T>,
): Promise<T> {
  let now: TrainingProgress = { phase, done: 0, total: 1, metrics: {} };
  const send = (): void => Context.current().heartbeat(now);
  const say = (progress: Partial<TrainingProgress>): TrainingProgress => {
    now = { ...now, ...progress };
    send();
    return now;
  };
  send();
  const timer = setInterval(send, REPEAT_MS);
  try {
    return await work(say);
  } finally {
    clearInterval(timer);
  }
}

const LONGEST_NOTE = 200;

/**
 * Progress in a line that a command printed: `{"progress": {"done": 10, "total": 150, "metrics": {...}}}`, or
 * `progress 0.4 epoch 4 of 10`, a share from 0 to 1 and words. Any other line is none.
 */
export function progressIn(line: string): Partial<TrainingProgress> | undefined {
  const [, share, note] = /^progress\s+(\d*\.?\d+)(?:\s+(.*\S))?\s*$/.exec(line) ?? [];
  if (share !== undefined) {
    const done = Number(share);
    if (!(done >= 0 && done <= 1)) return undefined;
    return { done, total: 1, ...(note === undefined ? {} : { note: note.slice(0, LONGEST_NOTE) }) };
  }
  if (!line.startsWith('{')) return undefined;
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return undefined; // anything else may be printed too
  }
  const progress: unknown = isObject(message) ? message['progress'] : undefined;
  if (!isObject(progress)) return undefined;
  const { done, total, metrics } = progress;
  if (typeof done !== 'number' || typeof total !== 'number') return undefined;
  return { done, total, ...(isObject(metrics) ? { metrics: metrics as JsonObject } : {}) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
