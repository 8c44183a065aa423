import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, ReceivedRecord } from '../../../adapters/kafka/index.ts';
import { decodeEvent } from '../../../contracts/cloudevents.ts';
import { headers } from '../../../contracts/gateway.ts';
import { eventTypes, type LabelObserved, type PredictionLogged } from '../../../contracts/live-events.ts';
import { topics, topicSettings } from '../../../contracts/topics.ts';
import { failure } from '../../failure.ts';
import { scoresOf, type ModelClient } from '../model-client.ts';
import { messageOf } from '../trial.ts';
import type { Champion } from './production.ts';

const READ = [topics.predictions, topics.labels] as const;
/** Requests whose moment has not come; reading waits while there are more. */
const MOST_WAITING = 5_000;
/** Records of one moment come in batches; the copy runs so much behind them that their distances stay. */
const BEHIND_MS = 250;
const LABELS_KEPT = 100_000;

export interface MirrorOptions {
  readonly log: EventLog;
  readonly model: string;
  readonly champion: Champion;
  readonly client: Pick<ModelClient, 'infer'>;
  readonly requests: number;
  readonly maxInFlight: number;
}

/** A production request that the candidate was asked too. */
export interface Mirrored {
  readonly prediction: PredictionLogged;
  readonly champion: number;
  /** Null when the candidate gave no answer. */
  readonly candidate: number | null;
  /** From the request's moment to the candidate's answer, in milliseconds. */
  readonly milliseconds: number;
  readonly layers: { readonly network: number; readonly gateway: number; readonly model: number } | null;
  label: 0 | 1 | null;
}

export type Positions = Readonly<Record<string, Readonly<Record<number, number>>>>;

/** Where the live topics end now. Throws `LogUnavailable`. */
export async function positionsOf(log: EventLog): Promise<Positions> {
  try {
    await log.ensureTopics(topicSettings.filter(({ topic }) => READ.some((one) => one === topic)));
    const found: Record<string, Record<number, number>> = {};
    for (const topic of READ) {
      const offsets = await log.offsets(topic);
      found[topic] = Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
    }
    return found;
  } catch (error) {
    throw failure(
      'LogUnavailable',
      `Kafka does not say where the live topics stand: ${messageOf(error)}`,
      error,
    );
  }
}

/** When the request came to the gateway; of a log that does not say it, when the record was written. */
function arrivalOf({ headers: sent, timestamp }: ReceivedRecord): number {
  const arrived = Number(sent[headers.arrived]);
  return Number.isFinite(arrived) && arrived > 0 ? arrived : timestamp;
}

/**
 * Asks the candidate what production's callers ask, each request as long after the first as it came in production. Requests are
 * taken from the prediction log, so callers wait for nothing and see nothing, and the candidate may break without touching
 * production. A request that finds too many under way is dropped and counted: real callers do not wait for each other.
 */
export class Mirror {
  readonly seen: Mirrored[] = [];
  /** Requests that were to be asked and were not. */
  dropped = 0;
  /** Requests that the champion itself left to the declared answer; there is nothing to compare. */
  unanswered = 0;
  readonly #options: MirrorOptions;
  readonly #byId = new Map<string, Mirrored>();
  readonly #labels = new Map<string, 0 | 1>();
  readonly #taken = new Set<string>();
  #first: { readonly arrived: number; readonly at: number } | undefined;
  #waiting = 0;
  #inFlight = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  get labelled(): number {
    return this.seen.reduce((count, { label }) => count + (label === null ? 0 : 1), 0);
  }

  /** Everything that was to be asked is answered, dropped or lost. */
  get settled(): boolean {
    return this.#taken.size >= this.#options.requests && this.#waiting === 0 && this.#inFlight === 0;
  }

  get share(): number {
    return (this.seen.length + this.dropped) / this.#options.requests;
  }

  /** Reads on and on until aborted. Throws `LogUnavailable`. */
  async follow(from: Positions, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.log.tail({ topics: [...READ], from, signal }, (records) =>
        this.#take(records, signal),
      );
    } catch (error) {
      throw failure('LogUnavailable', `reading the live topics ended: ${messageOf(error)}`, error);
    }
  }

  async #take(records: readonly ReceivedRecord[], signal: AbortSignal): Promise<void> {
    for (const record of records) {
      const decoded = decodeEvent(record);
      // Another producer's mistake is not this candidate's: the ingest and the monitor report it.
      if (!decoded.ok) continue;
      const { type, data } = decoded.event;
      if (type === eventTypes.label) this.#labelled(data as LabelObserved);
      if (type !== eventTypes.prediction) continue;
      this.#predicted(data as PredictionLogged, arrivalOf(record), signal);
      while (this.#waiting >= MOST_WAITING && !signal.aborted) await sleep(20);
    }
  }

  #labelled({ model, predictionId, label }: LabelObserved): void {
    if (model !== this.#options.model) return;
    const known = this.#byId.get(predictionId);
    if (known !== undefined) known.label = label;
    // The answer may still be on its way, or its partition be read later than this one.
    else this.#labels.set(predictionId, label);
    if (this.#labels.size > LABELS_KEPT) this.#labels.delete(this.#labels.keys().next().value ?? '');
  }

  #predicted(prediction: PredictionLogged, arrived: number, signal: AbortSignal): void {
    const { model, champion, requests } = this.#options;
    if (prediction.model !== model || prediction.arm !== 'baseline') return;
    if (prediction.version !== champion.version || this.#taken.size >= requests) return;
    // The log may hold a record twice.
    if (this.#taken.has(prediction.predictionId)) return;
    const { score, status } = prediction;
    if (score === null || (status !== 'ok' && !champion.declared)) {
      this.unanswered++;
      return;
    }
    this.#taken.add(prediction.predictionId);
    this.#first ??= { arrived, at: performance.now() + BEHIND_MS };
    const due = this.#first.at + arrived - this.#first.arrived;
    this.#waiting++;
    void sleep(Math.max(0, due - performance.now()), undefined, { signal }).then(
      () => {
        this.#waiting--;
        void this.#ask(prediction, score);
      },
      () => void this.#waiting--, // the stage is over
    );
  }

  async #ask(prediction: PredictionLogged, champion: number): Promise<void> {
    const { client, maxInFlight } = this.#options;
    if (this.#inFlight >= maxInFlight) {
      this.dropped++;
      return;
    }
    this.#inFlight++;
    const began = performance.now();
    let candidate: number | null = null;
    let layers: Mirrored['layers'] = null;
    try {
      const answer = await client.infer([prediction.features]);
      candidate = scoresOf(answer)?.[0] ?? null;
      if (answer.layers !== undefined) {
        const { gateway, model } = answer.layers;
        layers = { gateway, model, network: Math.max(0, answer.milliseconds - gateway - model) };
      }
    } catch {
      // No answer is what the candidate did with this request; it is counted as such.
    } finally {
      this.#inFlight--;
    }
    const { predictionId } = prediction;
    const milliseconds = performance.now() - began;
    const label = this.#labels.get(predictionId) ?? null;
    const mirrored = { prediction, champion, candidate, milliseconds, layers, label };
    this.#byId.set(predictionId, mirrored);
    this.seen.push(mirrored);
  }
}
