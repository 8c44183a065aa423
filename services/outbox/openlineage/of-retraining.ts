import type { Facets, RunEvent } from '../../../contracts/openlineage.ts';
import { CANCELLED, type RetrainingEvent, type RetrainingFact } from '../../../domain/retraining/index.ts';
import { codeFacet } from './code.ts';
import { errorFacet, ownFacet, standardFacet } from './facets.ts';
import { artifactOf, dataOf, driftOf, retrainingRun, taskRun, type RetrainingTask } from './runs.ts';
import type { Run, Said, Speaker } from './speaker.ts';

/**
 * What one fact of a retraining means: a run of the whole retraining, and one of each task in it. `before` is the stream up to the
 * fact. Nothing is said of a retraining whose beginning is not in the stream.
 */
export function eventsOfRetraining(
  speaker: Speaker,
  before: readonly RetrainingEvent[],
  fact: RetrainingEvent,
): RunEvent[] {
  const find = <Type extends RetrainingEvent['type']>(type: Type): RetrainingFact<Type>['data'] | undefined =>
    before.find((event) => event.type === type)?.data as RetrainingFact<Type>['data'] | undefined;
  const started = fact.type === 'RetrainingStarted' ? fact.data : find('RetrainingStarted');
  if (!started) return [];
  const { model, decision } = started;
  const run = retrainingRun(model, decision);
  const task = (name: RetrainingTask): Run => taskRun(model, decision, name);
  const data = find('DataMaterialised');
  const artifact = find('ModelTrained')?.files['model'];
  const { at } = fact;
  const say = (type: RunEvent['eventType'], one: Run, more: Omit<Said, 'at'> = {}): RunEvent =>
    speaker.say(type, one, { at, ...more });

  switch (fact.type) {
    case 'RetrainingStarted':
      return [say('START', run, begun(speaker, started)), say('START', task('materialise'))];
    case 'DataMaterialised': {
      const { data: file, from, to, rows } = fact.data;
      const output = {
        ...speaker.file(dataOf(model), file),
        outputFacets: {
          outputStatistics: standardFacet('OutputStatisticsOutputDatasetFacet', {
            rowCount: rows,
            size: file.bytes,
            fileCount: 1,
          }),
        },
      };
      const window = standardFacet('NominalTimeRunFacet', { nominalStartTime: from, nominalEndTime: to });
      return [
        say('COMPLETE', task('materialise'), { facets: { nominalTime: window }, outputs: [output] }),
        say('START', task('train'), {
          facets: training(started),
          inputs: trainedOn(speaker, model, fact.data),
        }),
      ];
    }
    case 'ModelTrained': {
      const { files, code } = fact.data;
      const outputs = files['model'] ? [speaker.file(artifactOf(model), files['model'])] : [];
      const inputs = data ? trainedOn(speaker, model, data) : [];
      const one = { ...task('train'), jobFacets: codeFacet(code) };
      return [
        say('COMPLETE', one, { facets: training(started, fact.data), inputs, outputs }),
        say('START', task('register')),
      ];
    }
    case 'TrainingCompared': {
      const { breaches, report, accepted } = fact.data;
      return [
        say('RUNNING', run, {
          facets: { seatrial_guard: ownFacet('Guard', { breaches, report, accepted }) },
        }),
      ];
    }
    case 'VersionRegistered': {
      const plan = ownFacet('Evidence', { ...fact.data.planRef });
      const outputs = [speaker.version(model, fact.data.version, { seatrial_evidence: plan })];
      const inputs = artifact ? [speaker.file(artifactOf(model), artifact)] : [];
      return [say('COMPLETE', task('register'), { inputs, outputs })];
    }
    case 'RetrainingEnded': {
      const { outcome, detail, version, log } = fact.data;
      const facets = {
        seatrial_retraining: ownFacet('Retraining', { ...told(started), outcome, detail, log }),
      };
      if (outcome === 'released')
        return [say('COMPLETE', run, { facets, outputs: version ? [speaker.version(model, version)] : [] })];
      // Held by its guard, or cancelled by a person: nothing failed.
      const type = outcome === 'held' || detail.startsWith(CANCELLED) ? 'ABORT' : 'FAIL';
      const why: Facets = type === 'FAIL' ? errorFacet(detail) : {};
      const open = openTask(before);
      return [
        ...(open ? [say(type, task(open), { facets: why })] : []),
        say(type, run, { facets: { ...facets, ...why } }),
      ];
    }
  }
}

/** The task that had begun and not ended. */
function openTask(before: readonly RetrainingEvent[]): RetrainingTask | undefined {
  const has = (type: RetrainingEvent['type']): boolean => before.some((event) => event.type === type);
  if (has('VersionRegistered')) return undefined;
  if (has('ModelTrained')) return 'register';
  return has('DataMaterialised') ? 'train' : 'materialise';
}

function begun(speaker: Speaker, started: RetrainingFact<'RetrainingStarted'>['data']): Omit<Said, 'at'> {
  const { model, version, driftEvents } = started;
  const drift = speaker.dataset(driftOf(model), {
    seatrial_drift: ownFacet('Drift', { events: driftEvents }),
  });
  return {
    facets: { seatrial_retraining: ownFacet('Retraining', told(started)) },
    inputs: [speaker.version(model, version), ...(driftEvents.length === 0 ? [] : [drift])],
  };
}

function told({
  decision,
  reason,
  version,
  windowEnd,
  windowDays,
}: RetrainingFact<'RetrainingStarted'>['data']) {
  return { decision, reason, driftedVersion: version, windowEnd, windowDays };
}

function training(
  { command, arguments: args, seed }: RetrainingFact<'RetrainingStarted'>['data'],
  trained?: RetrainingFact<'ModelTrained'>['data'],
): Facets {
  const { seconds = null, log = null } = trained ?? {};
  return { seatrial_training: ownFacet('Training', { command, arguments: args, seed, seconds, log }) };
}

function trainedOn(
  speaker: Speaker,
  model: string,
  { data, rows }: RetrainingFact<'DataMaterialised'>['data'],
) {
  const quality = { rowCount: rows, bytes: data.bytes, columnMetrics: {} };
  return [
    {
      ...speaker.file(dataOf(model), data),
      inputFacets: { dataQualityMetrics: standardFacet('DataQualityMetricsInputDatasetFacet', quality) },
    },
  ];
}
