import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventTypes } from '../../contracts/live-events.ts';
import { nothingSeen, watch, type AlertPolicy } from '../../domain/alerts/index.ts';
import { lookAt } from './look.ts';
import { sendAlert, type AlertEvent, type AlertSinks } from './send.ts';

export type { AlertEvent, AlertSinks } from './send.ts';

export interface AlertWatchOptions {
  readonly environment: string;
  /** Name to base URL of each gateway. */
  readonly targets: Readonly<Record<string, string>>;
  readonly sinks: AlertSinks;
  readonly policy: AlertPolicy;
  readonly everyMs: number;
  /** Longest that a gateway may take to answer; then it is not there. */
  readonly timeoutMs: number;
  readonly onError: (error: unknown) => void;
}

export interface AlertWatch {
  /** Looks no more, and waits for what is being sent. */
  stop(): Promise<void>;
}

/**
 * Looks at gateways again and again from outside, because one that is gone cannot say so, and sends each change of an alert.
 * The same code watches production and an incident drill's staging gateways.
 */
export function watchGateways(options: AlertWatchOptions): AlertWatch {
  const stopping = new AbortController();
  const watching = Object.entries(options.targets).map(([target, url]) =>
    watchOne(options, target, url, stopping.signal),
  );
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(watching);
    },
  };
}

async function watchOne(
  { environment, sinks, policy, everyMs, timeoutMs, onError }: AlertWatchOptions,
  target: string,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  let state = nothingSeen;
  let sending = Promise.resolve();
  while (!signal.aborted) {
    const look = await lookAt(url, timeoutMs, signal);
    if (signal.aborted) break; // it was cut short, and says nothing about the gateway
    const at = new Date().toISOString();
    const seen = watch(state, look, at, { target, environment }, policy);
    state = seen.state;
    for (const { kind, report } of seen.changes) {
      const event: AlertEvent = {
        id: randomUUID(),
        source: `/alerts/${environment}/${target}`,
        type: kind === 'raised' ? eventTypes.alertRaised : eventTypes.alertResolved,
        time: at,
        subject: report.alert,
        partitionkey: `${environment}/${target}`,
        data: report,
      };
      // One after the other, so that nobody hears of the end before the beginning; looking does not wait for it.
      sending = sending.then(() => sendAlert(event, sinks, signal)).catch(onError);
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
  await sending;
}
