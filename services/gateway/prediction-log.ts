import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { headers } from '../../contracts/gateway.ts';
import { eventTypes, type PredictionLogged } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { messageOf } from './errors.ts';
import type { GatewayMetrics } from './metrics.ts';

/** A record as the log takes it. */
export interface PredictionRecord {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of the event log that the gateway needs. */
export interface PredictionSink {
  publish(topic: string, records: readonly PredictionRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface PredictionLogOptions {
  /** Connects when the first prediction comes, and again after a failure; serving does not wait for it. */
  readonly connect: () => Promise<PredictionSink>;
  /** Predictions kept while the log is slow or away; more are dropped, and counted. */
  readonly capacity: number;
  readonly metrics: Pick<GatewayMetrics, 'logged' | 'logDropped' | 'logBuffered'>;
}

const BATCH = 500;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How long a drop keeps the health red, so that a probe cannot miss it. */
const RED_MS = 60_000;

/**
 * Sends predictions to the log beside the serving path: `add` neither waits nor throws. A batch is sent again until the
 * log has it, so a record may come twice, with the same event id.
 */
export class PredictionLog {
  readonly #options: PredictionLogOptions;
  readonly #stopping = new AbortController();
  #buffer: PredictionRecord[] = [];
  #sink: PredictionSink | undefined;
  #sending: Promise<void> | undefined;
  #problem: string | undefined;
  #droppedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PredictionLogOptions) {
    this.#options = options;
  }

  add(prediction: PredictionLogged): void {
    if (this.#buffer.length >= this.#options.capacity || this.#stopping.signal.aborted) {
      this.#drop(1, `the buffer of ${this.#options.capacity} predictions is full`);
      return;
    }
    try {
      this.#buffer.push(encode(prediction));
    } catch (error) {
      this.#drop(1, messageOf(error));
      return;
    }
    this.#options.metrics.logBuffered.set(this.#buffer.length);
    // Begun in the next turn, so that predictions of one moment travel together.
    this.#sending ??= sleep(5).then(() => this.#send());
  }

  /** What is wrong, or undefined. */
  problem(): string | undefined {
    if (this.#problem !== undefined) return `the prediction log does not take records: ${this.#problem}`;
    if (performance.now() - this.#droppedAt < RED_MS) return 'predictions were dropped in the last minute';
    return undefined;
  }

  /** Sends what is buffered, for at most `waitMs`; what is left then is counted as dropped. Returns how many that are. */
  async close(waitMs = 10_000): Promise<number> {
    const deadline = new AbortController();
    await Promise.race([
      this.#sending,
      sleep(waitMs, undefined, { signal: deadline.signal }).catch(() => undefined),
    ]);
    deadline.abort();
    this.#stopping.abort();
    const lost = this.#buffer.length;
    if (lost > 0) this.#drop(lost, 'the gateway ended before the log took them');
    this.#buffer = [];
    await this.#sink?.close();
    return lost;
  }

  async #send(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (this.#buffer.length > 0 && !this.#stopping.signal.aborted) {
      const batch = this.#buffer.slice(0, BATCH);
      try {
        this.#sink ??= await this.#options.connect();
        await this.#sink.publish(topics.predictions, batch);
        this.#taken(batch.length);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        this.#problem = messageOf(error);
        if (isPermanent(error)) {
          this.#buffer.splice(0, batch.length);
          this.#drop(batch.length, this.#problem);
        } else {
          await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        }
      }
    }
    this.#sending = undefined;
  }

  #taken(count: number): void {
    this.#buffer.splice(0, count);
    this.#problem = undefined;
    this.#options.metrics.logged.inc(count);
    this.#options.metrics.logBuffered.set(this.#buffer.length);
  }

  #drop(count: number, why: string): void {
    this.#droppedAt = performance.now();
    this.#problem ??= why;
    this.#options.metrics.logDropped.inc(count);
    this.#options.metrics.logBuffered.set(this.#buffer.length);
  }
}

/** The log's own word that the same records can never be taken (too large, refused). */
function isPermanent(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === false;
}

function encode(prediction: PredictionLogged): PredictionRecord {
  const encoded = encodeEvent({
    // Stable, so that a record that was sent twice is known as one event.
    id: prediction.predictionId,
    source: `/gateway/models/${prediction.model}`,
    type: eventTypes.prediction,
    time: prediction.time,
    subject: `models/${prediction.model}/versions/${prediction.version}`,
    partitionkey: prediction.predictionId,
    data: prediction,
  });
  // Event time may be a replay's, and the broker's stamp that of a batch which waited.
  const arrived = Math.round(Date.now() - prediction.latencyMs);
  return { ...encoded, headers: { ...encoded.headers, [headers.arrived]: String(arrived) } };
}
