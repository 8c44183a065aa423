import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type {
  Dataset,
  Facets,
  InputDataset,
  OutputDataset,
  RunEvent,
} from '../../../contracts/openlineage.ts';
import { contentFacets, jobType, PRODUCER, SPEC, standardFacet } from './facets.ts';
import { runIdOf } from './run-id.ts';

/** One run: what names it, and the job that it is a run of. */
export interface Run {
  /** Names it for ever: a stream, and what of it. */
  readonly id: string;
  readonly job: string;
  readonly jobType: 'JOB' | 'TASK' | 'MODEL';
  readonly parent?: Run;
  readonly jobFacets?: Facets;
}

export interface Said {
  readonly at: string;
  readonly facets?: Facets;
  readonly inputs?: readonly InputDataset[];
  readonly outputs?: readonly OutputDataset[];
}

/** Builds run events in one namespace of jobs and datasets. */
export interface Speaker {
  say(type: RunEvent['eventType'], run: Run, said: Said): RunEvent;
  dataset(name: string, facets: Facets): Dataset;
  /** A file, by name of what it is; its digest is its version. */
  file(name: string, file: EvidenceRef): Dataset;
  /** A version of a model. */
  version(model: string, version: string, more?: Facets): Dataset;
  /** That one run led to another. */
  dependsOn(run: Run): Facets;
}

export function createSpeaker(namespace: string): Speaker {
  const dataset = (name: string, facets: Facets): Dataset => ({ namespace, name, facets });
  return {
    dataset,
    file: (name, file) => dataset(name, contentFacets(file)),
    version: (model, version, more = {}) =>
      dataset(model, {
        version: standardFacet('DatasetVersionDatasetFacet', { datasetVersion: version }),
        ...more,
      }),
    dependsOn: (run) => ({
      jobDependencies: standardFacet('JobDependenciesRunFacet', {
        upstream: [
          {
            job: { namespace, name: run.job },
            run: { runId: runIdOf(run.id) },
            dependency_type: 'DIRECT_INVOCATION',
          },
        ],
      }),
    }),
    say: (eventType, run, { at, facets = {}, inputs = [], outputs = [] }) => ({
      eventType,
      eventTime: at,
      run: {
        runId: runIdOf(run.id),
        facets: {
          ...(run.parent
            ? {
                parent: standardFacet('ParentRunFacet', {
                  run: { runId: runIdOf(run.parent.id) },
                  job: { namespace, name: run.parent.job },
                }),
              }
            : {}),
          ...facets,
        },
      },
      job: { namespace, name: run.job, facets: { ...jobType(run.jobType), ...run.jobFacets } },
      inputs,
      outputs,
      producer: PRODUCER,
      schemaURL: SPEC,
    }),
  };
}
