import { metricMeter } from '@temporalio/workflow';
import type { ModelEvent } from '../domain/model/index.ts';

/** Counts what a model received, for the worker's `METRICS_PORT`. The SDK counts nothing while it replays. */
export function countDrift(model: string, facts: readonly ModelEvent[]): void {
  for (const { type, data } of facts) {
    if (type !== 'DriftReceived') continue;
    // The meter needs a workflow round it, so the counters are not made when this file is loaded.
    const events = metricMeter.createCounter(
      'seatrial_drift_events',
      'events',
      'Drift events that took effect in a model, each in exactly one bucket.',
    );
    for (const [bucket, count] of Object.entries(data.buckets)) {
      if (count > 0) events.add(count, { model, bucket });
    }
    const again = metricMeter.createCounter(
      'seatrial_drift_events_redelivered',
      'events',
      'Drift events that Kafka brought again, at offsets that had taken effect before.',
    );
    if (data.redelivered > 0) again.add(data.redelivered, { model });
  }
}
