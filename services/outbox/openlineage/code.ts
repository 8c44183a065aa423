import type { TrainingCode } from '../../../contracts/activities.ts';
import type { Facets } from '../../../contracts/openlineage.ts';
import { standardFacet } from './facets.ts';

/** Where the training's code is. OpenLineage wants an address, so there is nothing to say of a folder without a remote. */
export function codeFacet(code: TrainingCode | undefined): Facets {
  if (!code?.commit || !code.repository) return {};
  const { commit, repository, path, changed } = code;
  return {
    sourceCodeLocation: standardFacet('SourceCodeLocationJobFacet', {
      type: 'git',
      url: repository,
      repoUrl: repository,
      ...(path ? { path } : {}),
      // Code that was changed after its commit is not that commit's.
      version: changed ? `${commit}-dirty` : commit,
    }),
  };
}
