import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertName } from '../../../contracts/alerts.ts';
import { eventTypes } from '../../../contracts/live-events.ts';
import { alertReported, explain } from '../../../contracts/schemas/live-events.ts';
import { isObject } from '../model-client.ts';

export interface ReceivedAlert {
  readonly id: string;
  readonly kind: 'raised' | 'resolved';
  readonly alert: AlertName;
  readonly target: string;
  /** On the clock of `performance.now()`. */
  readonly at: number;
}

const MAX_BYTES = 64 * 1024;

/** A webhook as an on-call tool has it: takes alerts as CloudEvents, and holds each to the published schema. */
export class AlertInbox {
  readonly received: ReceivedAlert[] = [];
  /** What came and was not as published. */
  readonly problems: string[] = [];
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async open(): Promise<AlertInbox> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const inbox = new AlertInbox(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
      async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      },
    );
    server.on('request', (request: IncomingMessage, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        if (text.length < MAX_BYTES) text += chunk;
      });
      request.on('end', () => {
        inbox.#take(request.headers['content-type'] ?? '', text);
        response.writeHead(204).end();
      });
    });
    return inbox;
  }

  /** Alerts that were raised and are not over. */
  standing(): ReceivedAlert[] {
    const last = new Map(this.received.map((one) => [`${one.alert} ${one.target}`, one]));
    return [...last.values()].filter(({ kind }) => kind === 'raised');
  }

  /** Waits until `holds`; seconds until then, or null when the limit came first. */
  async until(holds: () => boolean, limitSeconds: number, signal: AbortSignal): Promise<number | null> {
    const began = performance.now();
    for (;;) {
      const seconds = Math.round(performance.now() - began) / 1000;
      if (holds()) return seconds;
      if (seconds > limitSeconds) return null;
      await sleep(20, undefined, { signal });
    }
  }

  close(): Promise<void> {
    return this.#close();
  }

  #take(contentType: string, text: string): void {
    const at = performance.now();
    try {
      const event: unknown = JSON.parse(text);
      if (!isObject(event) || event['specversion'] !== '1.0' || typeof event['id'] !== 'string')
        throw new Error('it is no CloudEvent 1.0 with an id');
      if (!contentType.startsWith('application/cloudevents+json'))
        throw new Error(`its content type is ${contentType}`);
      const { type } = event;
      if (type !== eventTypes.alertRaised && type !== eventTypes.alertResolved)
        throw new Error(`its type is ${String(type)}`);
      const data = alertReported.safeParse(event['data']);
      if (!data.success) throw new Error(explain(data.error));
      const kind = type === eventTypes.alertRaised ? 'raised' : 'resolved';
      const { alert, target } = data.data;
      this.received.push({ id: event['id'], kind, alert, target, at });
    } catch (error) {
      this.problems.push(error instanceof Error ? error.message : String(error));
    }
  }
}
