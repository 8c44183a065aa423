import { Agent, request as startRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogRecord } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import { headers } from '../../contracts/gateway.ts';
import { eventTypes, type LabelObserved } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { FEATURES } from './features.ts';
import type { Flight } from './rows.ts';

export interface TrafficOptions {
  readonly gatewayUrl: string;
  readonly model: string;
  readonly log: Pick<EventLog, 'publish'>;
  /** In order of scheduled departure, as `readFlights` gives them. */
  readonly flights: readonly Flight[];
}

export interface PlayOptions {
  /** Event time to stop at, milliseconds since 1970: flights scheduled before it are sent, labels up to it are published. */
  readonly time?: number;
  /** Asked five times a second; true stops the play. */
  readonly until?: () => boolean | Promise<boolean>;
  /** Most requests a second; as fast as the gateway answers when absent. */
  readonly perSecond?: number;
  /** Requests under way at the same time (32). */
  readonly concurrency?: number;
}

export interface TrafficStatistics {
  /** Requests that were answered, and those that were not (no connection, or a status other than 200). Never sent again. */
  readonly sent: number;
  readonly failed: number;
  /** Answers with the declared score instead of a model's. */
  readonly fallbacks: number;
  readonly labels: number;
  /** Answers by the version that the gateway says has served. */
  readonly byVersion: Readonly<Record<string, number>>;
  /** What the last failed request met, for people. */
  readonly lastFailure: string | null;
}

export interface Played {
  readonly reason: 'time' | 'until' | 'end';
  /** Of this call alone. */
  readonly sent: number;
  readonly failed: number;
  readonly seconds: number;
  /** Event time reached. */
  readonly clock: number;
}

export interface Traffic {
  /** Sends the next flights, each at most once over all calls, and the labels that became known meanwhile. */
  playUntil(options: PlayOptions): Promise<Played>;
  /** Publishes the labels of every flight that is still in the air. Returns how many. */
  finishLabels(): Promise<number>;
  statistics(): TrafficStatistics;
  /** Event time of the replay: everything scheduled before it has been sent. */
  readonly clock: number;
  close(): void;
}

const POLL_MS = 200;
const LABEL_BATCH = 500;
const REQUEST_TIMEOUT_MS = 30_000;

/** Replays real flights as live traffic: predictions in scheduled order, and each label when the flight has landed. */
export function createTraffic(options: TrafficOptions): Traffic {
  const { gatewayUrl, model, log, flights } = options;
  const agent = new Agent({ keepAlive: true });
  const url = new URL(`/v2/models/${encodeURIComponent(model)}/infer`, gatewayUrl);
  const airborne = new LandingOrder();
  const byVersion: Record<string, number> = {};
  const total = { sent: 0, failed: 0, fallbacks: 0, labels: 0 };
  let lastFailure: string | null = null;
  let cursor = 0;
  let clock = flights[0]?.scheduledAt ?? 0;
  let playing = false;

  async function send(flight: Flight): Promise<void> {
    try {
      const answer = await infer(agent, url, flight);
      total.sent++;
      byVersion[answer.version] = (byVersion[answer.version] ?? 0) + 1;
      if (answer.fallback) total.fallbacks++;
      if (flight.landedAt !== null && flight.late !== null) airborne.add(flight);
    } catch (error) {
      total.failed++;
      lastFailure = error instanceof Error ? error.message : String(error);
    }
  }

  async function publishLabels(through: number, smallestBatch: number): Promise<number> {
    let published = 0;
    while (airborne.count(through) >= smallestBatch) {
      const batch = airborne.take(through, LABEL_BATCH);
      if (batch.length === 0) break;
      try {
        await log.publish(
          topics.labels,
          batch.map((flight) => label(model, flight)),
        );
      } catch (error) {
        // They may be there or not; a label that comes twice has the same event id.
        for (const flight of batch) airborne.add(flight);
        throw error;
      }
      published += batch.length;
      total.labels += batch.length;
    }
    return published;
  }

  async function playUntil({ time, until, perSecond, concurrency = 32 }: PlayOptions): Promise<Played> {
    if (playing) throw new Error('playUntil: the last call is still playing; wait for it first');
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new Error(`playUntil: concurrency ${concurrency} is not a whole number from 1`);
    }
    playing = true;
    const before = { ...total };
    const started = performance.now();
    let stopped: 'time' | 'until' | 'end' | undefined;
    let begun = 0;

    const worker = async (): Promise<void> => {
      while (stopped === undefined) {
        const flight = flights[cursor];
        if (flight === undefined || (time !== undefined && flight.scheduledAt >= time)) {
          stopped ??= flight === undefined ? 'end' : 'time';
          return;
        }
        cursor++;
        clock = Math.max(clock, flight.scheduledAt);
        if (perSecond !== undefined) {
          const wait = started + (begun++ * 1000) / perSecond - performance.now();
          if (wait > 1) await sleep(wait);
        }
        await send(flight);
        await publishLabels(clock, LABEL_BATCH);
      }
    };
    // Watches beside the workers: asks the caller, and publishes labels that are too few for a batch.
    const watch = async (): Promise<void> => {
      while (stopped === undefined) {
        if (until !== undefined && (await until())) stopped ??= 'until';
        await publishLabels(clock, 1);
        if (stopped === undefined) await sleep(POLL_MS);
      }
    };
    try {
      const parts = [...Array.from({ length: concurrency }, worker), watch()];
      const failure = (await Promise.allSettled(parts.map((part) => part.catch(stop)))).find(isRejected);
      if (failure !== undefined) throw failure.reason;
      if (stopped === 'time' && time !== undefined) clock = Math.max(clock, time);
      await publishLabels(clock, 1);
    } finally {
      playing = false;
    }
    return {
      reason: stopped ?? 'end',
      sent: total.sent - before.sent,
      failed: total.failed - before.failed,
      seconds: (performance.now() - started) / 1000,
      clock,
    };

    /** One part's failure ends the others too, and is thrown when all are done. */
    function stop(error: unknown): never {
      stopped ??= 'until';
      throw error;
    }
  }

  return {
    playUntil,
    finishLabels: () => publishLabels(Number.POSITIVE_INFINITY, 1),
    statistics: () => ({ ...total, byVersion: { ...byVersion }, lastFailure }),
    get clock() {
      return clock;
    },
    close: () => agent.destroy(),
  };
}

/** Flights that are in the air, the next to land first. A few hundred at a time, so a sorted list is enough. */
class LandingOrder {
  readonly #flights: Flight[] = [];

  add(flight: Flight): void {
    this.#flights.splice(this.count(landing(flight)), 0, flight);
  }

  /** How many have landed by this time. */
  count(through: number): number {
    let low = 0;
    let high = this.#flights.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const flight = this.#flights[middle];
      if (flight !== undefined && landing(flight) <= through) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes those that have landed by this time out of the air, at most `limit`. */
  take(through: number, limit: number): Flight[] {
    return this.#flights.splice(0, Math.min(limit, this.count(through)));
  }
}

function landing({ landedAt }: Flight): number {
  return landedAt ?? Number.POSITIVE_INFINITY;
}

function label(model: string, { flightId, late, landedAt }: Flight): LogRecord {
  const time = new Date(landedAt ?? 0).toISOString();
  return encodeEvent<LabelObserved>({
    id: `${flightId}/label`,
    source: '/examples/flight-delays',
    type: eventTypes.label,
    time,
    subject: `models/${model}`,
    partitionkey: flightId,
    data: { model, predictionId: flightId, label: late === 1 ? 1 : 0, observedAt: time },
  });
}

interface Answer {
  readonly version: string;
  readonly fallback: boolean;
}

/** One row to the gateway. Rejects unless the answer is a 200. Node's own client: half the work of `fetch` for each call. */
function infer(agent: Agent, url: URL, flight: Flight): Promise<Answer> {
  const body = JSON.stringify({
    id: flight.flightId,
    inputs: FEATURES.map(({ name, kind }) => ({
      name,
      datatype: kind === 'category' ? 'BYTES' : 'FP32',
      shape: [1, 1],
      data: [flight.features[name] ?? null],
    })),
    outputs: [{ name: 'score' }],
  });
  return new Promise((resolve, reject) => {
    const sent = startRequest(url, {
      agent,
      method: 'POST',
      timeout: REQUEST_TIMEOUT_MS,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // One flight of one day is one caller: asked again, it must hear the same model. Flights of one number on other
        // days are drawn anew, or a few lucky routes would make the arms of a small canary unlike.
        [headers.key]: flight.flightId,
        [headers.time]: new Date(flight.scheduledAt).toISOString(),
      },
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) {
          const version = response.headers[headers.version];
          resolve({ version: String(version), fallback: text.includes('"status":"fallback"') });
        } else reject(new Error(`the gateway answered ${response.statusCode ?? 0}: ${text.slice(0, 300)}`));
      });
    });
    sent.end(body);
  });
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}
