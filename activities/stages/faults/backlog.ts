import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../../adapters/kafka/index.ts';
import { messageOf } from '../trial.ts';
import { failure } from '../../failure.ts';
import { trialTopic } from '../../../contracts/topics.ts';

/** What became of the records of one trial. */
export interface BacklogFacts {
  readonly published: number;
  /** Most records that waited at one moment. */
  readonly peak: number;
  /** From the end of the stall until nothing waited; null when something still did in time. */
  readonly drainSeconds: number | null;
  /** Records that never arrived, and that arrived more than once. */
  readonly lost: number;
  readonly twice: number;
  /** Of one key, a later record never came before an earlier one. */
  readonly inOrder: boolean;
}

export interface Backlog {
  /** Takes one prediction; what cannot be written shows at the end as lost. */
  add(key: string): void;
  /** Lets the consumer go on, and says how the backlog went. */
  release(drainSeconds: number): Promise<BacklogFacts>;
  close(): Promise<void>;
}

/**
 * A real consumer of a real Kafka topic that has stopped taking records. It reads from where the topic stood when the trial
 * began, and takes only this trial's records, so that trials may share the topic.
 */
export async function stalledConsumer(log: EventLog, trial: string, signal: AbortSignal): Promise<Backlog> {
  const { topic } = trialTopic;
  const stop = new AbortController();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const seen = new Map<string, number>();
  let last = -1;
  let inOrder = true;
  let published = 0;
  let peak = 0;
  const waiting = (): number => published - seen.size;
  const ended = AbortSignal.any([stop.signal, signal]);
  ended.addEventListener('abort', open, { once: true });

  const offsets = await log
    .ensureTopics([trialTopic])
    .then(() => log.offsets(topic))
    .catch((error: unknown) => {
      throw failure('LogUnavailable', `Kafka does not say where ${topic} stands: ${messageOf(error)}`, error);
    });
  const from = { [topic]: Object.fromEntries(offsets.map(({ partition, high }) => [partition, high])) };
  let trouble: unknown;
  const consuming = log
    .tail({ topics: [topic], from, signal: ended }, async (records) => {
      await gate;
      for (const { key, value } of records) {
        if (key?.toString() !== trial || value === null) continue;
        const { n } = JSON.parse(value.toString()) as { n: number };
        if (n < last) inOrder = false;
        last = Math.max(last, n);
        seen.set(String(n), (seen.get(String(n)) ?? 0) + 1);
      }
    })
    .catch((error: unknown) => {
      trouble = error;
    });
  const writes: Promise<void>[] = [];
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.allSettled([consuming, ...writes]);
  };
  return {
    add: (prediction) => {
      const n = published++;
      peak = Math.max(peak, waiting());
      writes.push(
        log
          .publish(topic, [{ key: trial, value: JSON.stringify({ n, prediction }) }])
          .catch((error: unknown) => {
            trouble = error;
          }),
      );
    },
    release: async (drainSeconds) => {
      await Promise.all(writes);
      const began = performance.now();
      open();
      const seconds = (): number => (performance.now() - began) / 1000;
      while (waiting() > 0 && seconds() <= drainSeconds && trouble === undefined) {
        await sleep(10, undefined, { signal });
      }
      if (trouble !== undefined)
        throw failure('LogUnavailable', `the trial's records: ${messageOf(trouble)}`, trouble);
      const drained = waiting() === 0 ? seconds() : null;
      const twice = [...seen.values()].filter((times) => times > 1).length;
      return { published, peak, drainSeconds: drained, lost: waiting(), twice, inOrder };
    },
    close,
  };
}
