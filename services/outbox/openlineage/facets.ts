import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Facet, Facets } from '../../../contracts/openlineage.ts';

/** Names the program that speaks; the version is that of the facts' meaning, not of a build. */
export const PRODUCER = 'urn:seatrial:outbox:1';
export const SPEC = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** The standard facets that we use, in the versions that openlineage-python 1.54 knows. */
const standard = {
  ParentRunFacet: '1-2-0',
  JobDependenciesRunFacet: '1-0-1',
  ErrorMessageRunFacet: '1-0-1',
  NominalTimeRunFacet: '1-0-1',
  JobTypeJobFacet: '2-0-4',
  SourceCodeLocationJobFacet: '1-1-0',
  DatasetVersionDatasetFacet: '1-0-1',
  DataQualityMetricsInputDatasetFacet: '1-0-3',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
} as const;

export function standardFacet(kind: keyof typeof standard, fields: Readonly<Record<string, unknown>>): Facet {
  const schema = `https://openlineage.io/spec/facets/${standard[kind]}/${kind}.json#/$defs/${kind}`;
  return { _producer: PRODUCER, _schemaURL: schema, ...fields };
}

/** Ours: docs/schemas/openlineage-facets.schema.json has them under `$defs`. */
export function ownFacet(
  kind: 'Evidence' | 'Drift' | 'Retraining' | 'Training' | 'Guard' | 'Release' | 'Traffic',
  fields: Readonly<Record<string, unknown>>,
): Facet {
  return {
    _producer: PRODUCER,
    _schemaURL: `urn:seatrial:schema:openlineage-facets:1#/$defs/${kind}`,
    ...fields,
  };
}

/** Which content a dataset had: its digest is its version. */
export function contentFacets(file: EvidenceRef): Facets {
  return {
    version: standardFacet('DatasetVersionDatasetFacet', { datasetVersion: file.sha256 }),
    seatrial_evidence: ownFacet('Evidence', { ...file }),
  };
}

export function jobType(type: 'JOB' | 'TASK' | 'MODEL'): Facets {
  const fields = { processingType: 'BATCH', integration: 'SEATRIAL', jobType: type };
  return { jobType: standardFacet('JobTypeJobFacet', fields) };
}

export function errorFacet(message: string): Facets {
  return {
    errorMessage: standardFacet('ErrorMessageRunFacet', { message, programmingLanguage: 'UNKNOWN' }),
  };
}
