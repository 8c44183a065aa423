import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent, type CloudEvent } from '../../contracts/cloudevents.ts';
import type { AlertReported } from '../../contracts/alerts.ts';
import { topics } from '../../contracts/topics.ts';
import type { EventLog } from '../kafka/index.ts';

export type AlertEvent = CloudEvent<AlertReported>;

/** Where alerts go. Either may be left out. */
export interface AlertSinks {
  /** Takes each event by POST in CloudEvents' structured content mode. */
  readonly webhook?: string;
  readonly log?: Pick<EventLog, 'publish'>;
}

const TRIES = 8;
const FIRST_PAUSE_MS = 100;

/**
 * Sends one alert to every sink, several times where a sink does not take it; an event keeps its id. Rejects with what is
 * still undelivered then.
 */
export async function sendAlert(event: AlertEvent, sinks: AlertSinks, signal: AbortSignal): Promise<void> {
  const { webhook, log } = sinks;
  const ways: Promise<void>[] = [];
  if (webhook !== undefined) ways.push(insist(() => post(webhook, event, signal), signal));
  if (log !== undefined) ways.push(log.publish(topics.alerts, [encodeEvent(event)]));
  const failed = (await Promise.allSettled(ways)).filter((one) => one.status === 'rejected');
  if (failed.length > 0)
    throw new AggregateError(
      failed.map(({ reason }) => reason as unknown),
      `the alert ${event.id} was not delivered everywhere`,
    );
}

async function post(url: string, event: AlertEvent, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...event }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}

async function insist(send: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause *= 2) {
    try {
      return await send();
    } catch (error) {
      if (attempt === TRIES || signal.aborted) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}
