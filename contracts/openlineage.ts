/**
 * What we say in OpenLineage (https://openlineage.io/docs/spec, version 2-0-2): run events, with the facets that we use. Names
 * and shapes are that specification's.
 */
export interface RunEvent {
  readonly eventType: 'START' | 'RUNNING' | 'COMPLETE' | 'ABORT' | 'FAIL' | 'OTHER';
  /** ISO 8601 UTC. */
  readonly eventTime: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
  readonly producer: string;
  readonly schemaURL: string;
}

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [name: string]: unknown;
}
export type Facets = Readonly<Record<string, Facet>>;

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Facets;
}
export interface InputDataset extends Dataset {
  readonly inputFacets?: Facets;
}
export interface OutputDataset extends Dataset {
  readonly outputFacets?: Facets;
}
