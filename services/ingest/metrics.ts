import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** Every record is counted in exactly one bucket, when it is settled: their sum is what was consumed. */
export type Bucket =
  /** Temporal has it. */
  | 'signalled'
  /** In the dead-letter topic. */
  | 'dead_lettered'
  /** Settled before, and come again because its offset was not committed. */
  | 'redelivered';

export interface IngestMetrics {
  readonly registry: Registry;
  settled(bucket: Bucket, count: number): void;
  deadLettered(code: string): void;
  signal(result: 'delivered' | 'wait' | 'refused'): void;
  /** A slice whose oldest record has this time is being worked on or waits; `undefined` when it is settled. */
  head(partition: number, timestampMs: number | undefined): void;
}

/** `lag` is asked at each scrape; a scrape while Kafka is away shows no lag rather than an old one. */
export function createMetrics(lag: () => Promise<number>): IngestMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const heads = new Map<number, number>();

  const events = new Counter({
    name: 'seatrial_ingest_events_total',
    help: 'Records of the drift topic that are settled, each in exactly one bucket.',
    labelNames: ['bucket'],
    registers,
  });
  for (const bucket of ['signalled', 'dead_lettered', 'redelivered'] satisfies Bucket[])
    events.inc({ bucket }, 0);
  const deadLetters = new Counter({
    name: 'seatrial_ingest_dead_letters_total',
    help: 'Records sent to the dead-letter topic, by error code.',
    labelNames: ['code'],
    registers,
  });
  const signals = new Counter({
    name: 'seatrial_ingest_signals_total',
    help: 'Calls of signalWithStart, by result.',
    labelNames: ['result'],
    registers,
  });
  new Gauge({
    name: 'seatrial_ingest_oldest_unprocessed_seconds',
    help: 'Age of the oldest record in hand or waiting; 0 when there is none.',
    registers,
    collect() {
      const oldest = Math.min(...heads.values());
      this.set(Number.isFinite(oldest) ? Math.max(0, (Date.now() - oldest) / 1000) : 0);
    },
  });
  new Gauge({
    name: 'seatrial_ingest_lag_events',
    help: 'Records of the drift topic that are not committed yet.',
    registers,
    async collect() {
      this.reset();
      try {
        this.set(await lag());
      } catch {
        this.remove();
      }
    },
  });

  return {
    registry,
    settled: (bucket, count) => events.inc({ bucket }, count),
    deadLettered: (code) => deadLetters.inc({ code }),
    signal: (result) => signals.inc({ result }),
    head: (partition, timestampMs) => {
      if (timestampMs === undefined) heads.delete(partition);
      else heads.set(partition, timestampMs);
    },
  };
}
