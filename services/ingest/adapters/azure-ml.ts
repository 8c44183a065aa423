import { defineAdapter } from './define-adapter.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, isObject, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Azure Machine Learning by Event Grid, in its own schema or as CloudEvents, one or a list. `DatasetDriftDetected` is data drift
 * v1: it has a coefficient and no threshold. `RunStatusChanged` is today's model monitoring: a run that failed with the tag
 * `azureml_modelmonitor_threshold_breached`; the numbers stay in the workspace. Other runs are nothing to us.
 * Facts from learn.microsoft.com/azure/event-grid/event-schema-machine-learning and how-to-monitor-model-performance.
 */
export const azureMl = defineAdapter({
  name: 'azure-ml',
  version: 1,
  accepts: (body) => eventsOf(body).some((event) => KNOWN.test(typeOf(event))),
  read: (body, { config }) => eventsOf(body).flatMap((event) => finding(event, number(config['threshold']))),
});

const KNOWN = /^Microsoft\.MachineLearningServices\.(DatasetDriftDetected|RunStatusChanged)$/;
const eventsOf = (body: unknown): readonly Json[] => objects(isObject(body) ? [body] : body);
const typeOf = (event: Json): string => text(event['eventType']) ?? text(event['type']) ?? '';

function finding(event: Json, threshold: number | undefined): Finding[] {
  const type = typeOf(event);
  const { data } = event;
  const shared = {
    identity: text(event['id']),
    end: time(at(data, 'EndTime')) ?? time(event['eventTime']) ?? time(event['time']),
  };
  if (type.endsWith('.DatasetDriftDetected')) {
    const value = number(at(data, 'DriftCoefficient'));
    const measurements =
      value === undefined || threshold === undefined
        ? [flagged('dataset_drift', true)]
        : [
            measured({
              scope: 'dataset',
              name: null,
              metric: 'drift_coefficient',
              value,
              threshold,
              driftWhen: 'gt',
            }),
          ];
    return [
      {
        ...shared,
        kind: 'data',
        claim: 'drift',
        monitorId: text(at(data, 'DataDriftName')),
        reference: text(at(data, 'BaseDatasetId')),
        start: time(at(data, 'StartTime')),
        measurements,
      },
    ];
  }
  if (!type.endsWith('.RunStatusChanged')) return [];
  // Documented in lower camel case, filtered on in upper, seen in both.
  const tags = at(data, 'RunTags') ?? at(data, 'runTags');
  if (text(at(tags, 'azureml_modelmonitor_threshold_breached')) === undefined) return [];
  const status = text(at(data, 'RunStatus') ?? at(data, 'runStatus'))?.toLowerCase();
  return [
    {
      ...shared,
      kind: 'data',
      claim: 'drift',
      contradictory: status !== undefined && status !== 'failed',
      monitorId: text(at(data, 'ExperimentName') ?? at(data, 'experimentName')),
      measurements: [flagged('threshold_breached', true)],
    },
  ];
}
