import type { EventLog, ReceivedRecord } from '../../adapters/kafka/index.ts';
import type { Exposure } from '../../contracts/activities.ts';
import { decodeEvent } from '../../contracts/cloudevents.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { LabelObserved, PredictionLogged } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { readableFrom } from '../log-start.ts';

const observed = [topics.predictions, topics.labels];

export interface ArmsListener {
  predicted(prediction: PredictionLogged, exposure: number): void;
  labelled(label: LabelObserved): void;
}

/**
 * Reads both live topics from where the canary began, on and on until aborted. `caughtUp` turns true when everything
 * that was there at the start has been read: before that, partitions are read one ahead of the other, and closing a bin
 * would take the slower ones for late.
 */
export class ArmsLog {
  private readonly log: EventLog;
  private readonly model: string;
  private readonly exposures: readonly Exposure[];
  private readonly goal = new Map<string, number>();
  private behind = true;

  constructor(log: EventLog, model: string, exposures: readonly Exposure[]) {
    this.log = log;
    this.model = model;
    this.exposures = exposures;
  }

  get caughtUp(): boolean {
    return !this.behind;
  }

  async read(listener: ArmsListener, signal: AbortSignal): Promise<void> {
    const start = this.exposures[0]?.from ?? {};
    const from: Record<string, Record<number, number>> = {};
    for (const topic of observed) {
      const offsets = await this.log.offsets(topic);
      from[topic] = readableFrom(offsets, start[topic]);
      for (const { partition, high } of offsets) {
        if (high > (from[topic][partition] ?? 0)) this.goal.set(`${topic}/${partition}`, high);
      }
    }
    this.behind = this.goal.size > 0;
    await this.log.tail({ topics: observed, from, signal }, (records) => this.take(records, listener));
  }

  private take(records: readonly ReceivedRecord[], listener: ArmsListener): void {
    for (const record of records) {
      const decoded = decodeEvent(record);
      // Another producer's mistake is not this canary's: the ingest and the monitor report it.
      if (decoded.ok) this.hand(record, decoded.event.type, decoded.event.data, listener);
      const place = `${record.topic}/${record.partition}`;
      if (record.offset + 1 >= (this.goal.get(place) ?? Infinity)) this.goal.delete(place);
    }
    if (this.goal.size === 0) this.behind = false;
  }

  private hand(record: ReceivedRecord, type: string, data: unknown, listener: ArmsListener): void {
    if (type === eventTypes.prediction) {
      const prediction = data as PredictionLogged;
      if (prediction.model === this.model) listener.predicted(prediction, this.exposureAt(record));
    } else if (type === eventTypes.label) {
      const label = data as LabelObserved;
      if (label.model === this.model) listener.labelled(label);
    }
  }

  /** Which weight was in force: the last exposure that began at or before this record. */
  private exposureAt({ topic, partition, offset }: ReceivedRecord): number {
    const index = this.exposures.findLastIndex(({ from }) => (from[topic]?.[partition] ?? 0) <= offset);
    return Math.max(0, index);
  }
}
