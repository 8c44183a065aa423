import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { DomainEvent } from '../contracts/ledger.ts';
import type { ModelEvent } from '../domain/model/index.ts';

/**
 * Counts the drift events of every model whose ledger entries this worker writes. An entry is counted by the worker that first
 * wrote it, so a workflow task that is done again counts nothing again, as a counter in the workflow would.
 */
export function driftCounter(registry: Registry): (stream: string, events: readonly DomainEvent[]) => void {
  const registers = [registry];
  const events = new Counter({
    name: 'seatrial_drift_events_total',
    help: 'Drift events that took effect in a model, each in exactly one bucket.',
    labelNames: ['model', 'bucket'],
    registers,
  });
  const again = new Counter({
    name: 'seatrial_drift_events_redelivered_total',
    help: 'Drift events that Kafka brought again, at offsets that had taken effect before.',
    labelNames: ['model'],
    registers,
  });
  return (stream, appended) => {
    const model = stream.replace(/^model\//, '');
    for (const fact of appended as unknown as readonly ModelEvent[]) {
      if (fact.type !== 'DriftReceived') continue;
      for (const [bucket, count] of Object.entries(fact.data.buckets)) events.inc({ model, bucket }, count);
      again.inc({ model }, fact.data.redelivered);
    }
  };
}
