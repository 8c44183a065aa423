import { Context } from '@temporalio/activity';
import type { Soaked, SoakInput } from '../contracts/activities.ts';
import { decodeEvent } from '../contracts/cloudevents.ts';
import { eventTypes, type LabelObserved, type PredictionLogged } from '../contracts/live-events.ts';
import type { SoakSpec } from '../contracts/plan.ts';
import { topics, topicSettings } from '../contracts/topics.ts';
import type { ReceivedRecord } from '../adapters/kafka/index.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';
import { readableFrom } from './log-start.ts';
import { readPlan, stageOf } from './plan.ts';

const LOOK_EVERY_MS = 1_000;
const READ = [topics.predictions, topics.labels];

/**
 * Counts what production shows of a promoted version. Everything is a fold over the logs from the promotion, and the time runs from
 * it too, so an attempt that follows a lost worker comes to the same count and waits no longer.
 */
export function soakActivities(context: ActivityContext): {
  soakProduction: (input: SoakInput) => Promise<Soaked>;
} {
  return {
    async soakProduction(input) {
      const plan = await readPlan(context.evidence, input.planRef);
      const soak = stageOf(plan, input.step).review?.soak;
      if (soak === undefined) throw failure('PlanInvalid', `step ${input.step} of the plan is no review`);
      const count = new SoakCount(input.model, input.version, soak);
      const deadline = Date.parse(input.promotion.at) + soak.atMostSeconds * 1000;
      const { cancellationSignal } = Context.current();
      const stop = new AbortController();
      const ended = follow(context, input, count, AbortSignal.any([stop.signal, cancellationSignal])).then(
        () => null,
        (error: unknown) => error,
      );
      try {
        for (;;) {
          Context.current().heartbeat(count.soaked);
          if (count.soaked.enough || Date.now() >= deadline) return count.soaked;
          const pause = Context.current()
            .sleep(Math.min(LOOK_EVERY_MS, Math.max(1, deadline - Date.now())))
            .then(() => undefined);
          const broken = await Promise.race([ended, pause]);
          // Reading ends without an error only when the soak is cancelled, and this says so.
          if (broken === null) await Context.current().cancelled;
          if (broken !== undefined && broken !== null)
            throw failure('LogUnavailable', `reading the live topics ended: ${String(broken)}`, broken);
        }
      } finally {
        stop.abort();
        await ended;
      }
    },
  };
}

async function follow(
  { log }: ActivityContext,
  { promotion }: SoakInput,
  count: SoakCount,
  signal: AbortSignal,
): Promise<void> {
  await log.ensureTopics(topicSettings.filter(({ topic }) => READ.some((one) => one === topic)));
  const from: Record<string, Record<number, number>> = {};
  for (const topic of READ) from[topic] = readableFrom(await log.offsets(topic), promotion.from[topic]);
  await log.tail({ topics: READ, from, signal }, (records) => {
    for (const record of records) count.take(record);
  });
}

/** Labelled predictions of one version, and the event time that they span. Ids are forgotten once there are enough. */
class SoakCount {
  readonly #model: string;
  readonly #version: string;
  readonly #soak: SoakSpec;
  readonly #predicted = new Set<string>();
  /** Labels that came before their prediction was read: the two topics are read one ahead of the other. */
  readonly #early = new Set<string>();
  #labelled = 0;
  #first = Infinity;
  #newest = -Infinity;

  constructor(model: string, version: string, soak: SoakSpec) {
    this.#model = model;
    this.#version = version;
    this.#soak = soak;
  }

  get soaked(): Soaked {
    const eventSeconds = Math.max(0, (this.#newest - this.#first) / 1000);
    const { labelled, eventSeconds: wanted } = this.#soak;
    const known = Number.isFinite(eventSeconds) ? eventSeconds : 0;
    return {
      labelled: this.#labelled,
      eventSeconds: known,
      enough: this.#labelled >= labelled && known >= wanted,
    };
  }

  take(record: ReceivedRecord): void {
    const decoded = decodeEvent(record);
    if (!decoded.ok) return;
    const { type, data } = decoded.event;
    if (type === eventTypes.prediction) this.#predictionOf(data as PredictionLogged);
    if (type === eventTypes.label) this.#labelOf(data as LabelObserved);
  }

  #predictionOf({ model, version, predictionId, time }: PredictionLogged): void {
    if (model !== this.#model || version !== this.#version) return;
    const at = Date.parse(time);
    if (!Number.isFinite(at)) return;
    this.#first = Math.min(this.#first, at);
    this.#newest = Math.max(this.#newest, at);
    if (this.#full) return;
    if (this.#early.delete(predictionId)) this.#labelled += 1;
    else this.#predicted.add(predictionId);
  }

  #labelOf({ model, predictionId }: LabelObserved): void {
    if (model !== this.#model || this.#full) return;
    if (this.#predicted.delete(predictionId)) this.#labelled += 1;
    else this.#early.add(predictionId);
    if (!this.#full) return;
    this.#predicted.clear();
    this.#early.clear();
  }

  get #full(): boolean {
    return this.#labelled >= this.#soak.labelled;
  }
}
