import type { WatchSpec } from '../../contracts/plan.ts';
import type { ReferenceProfile } from '../../domain/drift/index.ts';
import {
  createMonitor,
  judgeWindow,
  type ClosedWindow,
  type MonitorInput,
} from '../../domain/drift/monitor/index.ts';
import type { ScoredFlight } from './flights.ts';

const MODEL = 'flight-delays';
const VERSION = 'v1';
const iso = (time: number): string => new Date(time).toISOString();

/** The flights as the log would have them: a prediction at the scheduled departure, the label when it landed. */
export function trafficOf(flights: readonly ScoredFlight[]): MonitorInput[] {
  const records = flights.flatMap((flight) => {
    const predicted = { at: flight.scheduledAt, flight, label: null };
    const { late, landedAt } = flight;
    return late === null || landedAt === null
      ? [predicted]
      : [predicted, { at: landedAt, flight, label: late }];
  });
  records.sort((a, b) => a.at - b.at);
  return records.map(({ at, flight, label }, offset): MonitorInput => {
    const place = { partition: 0, offset };
    const { flightId: predictionId, features, score } = flight;
    if (label !== null)
      return { type: 'label', place, label: { model: MODEL, predictionId, label, observedAt: iso(at) } };
    return {
      type: 'prediction',
      place,
      prediction: {
        model: MODEL,
        version: VERSION,
        arm: 'baseline',
        predictionId,
        time: iso(at),
        features,
        score,
        status: 'ok',
        latencyMs: 1,
      },
    };
  });
}

/** Runs the real monitor over the flights. */
export function watchFlights(
  flights: readonly ScoredFlight[],
  profile: ReferenceProfile,
  settings: WatchSpec,
): ClosedWindow[] {
  const monitor = createMonitor({ partitions: [0], judge: judgeWindow });
  const watched = {
    version: VERSION,
    release: `release/${MODEL}/${VERSION}`,
    settings,
    profile,
    profileId: '0'.repeat(64),
  };
  monitor.apply({ type: 'watch', model: MODEL, watched });
  return trafficOf(flights).flatMap((input) => monitor.apply(input));
}
