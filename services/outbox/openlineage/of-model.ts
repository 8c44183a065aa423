import type { RunEvent } from '../../../contracts/openlineage.ts';
import type { ModelEvent } from '../../../domain/model/index.ts';
import { ownFacet, standardFacet } from './facets.ts';
import { driftOf, monitorRun } from './runs.ts';
import type { Speaker } from './speaker.ts';

/** The drift events that started something: each is the whole run of a monitor, with its place in Kafka as what it wrote. */
export function eventsOfModel(speaker: Speaker, model: string, fact: ModelEvent): RunEvent[] {
  if (fact.type !== 'DriftReceived') return [];
  const { at } = fact;
  const { stream, partition, outcomes } = fact.data;
  return outcomes.flatMap(({ id, offset, bucket, reason, version, source }) => {
    if (bucket !== 'started') return [];
    const run = monitorRun(model, id);
    const place = `${stream}/${partition}/${offset}`;
    const drift = ownFacet('Drift', { events: [id], source: source ?? null, place, bucket, reason });
    const output = speaker.dataset(driftOf(model), {
      version: standardFacet('DatasetVersionDatasetFacet', { datasetVersion: id }),
      seatrial_drift: drift,
    });
    const inputs = version === undefined ? [] : [speaker.version(model, version)];
    return [
      speaker.say('START', run, { at, inputs }),
      speaker.say('COMPLETE', run, { at, facets: { seatrial_drift: drift }, inputs, outputs: [output] }),
    ];
  });
}
