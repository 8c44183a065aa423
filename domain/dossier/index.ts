/** The dossier of a release: a fold of its ledger, and of the files that the ledger names. Pure. */
export { blueprintOf } from './blueprint.ts';
export type { Blueprint, BlueprintCell, BlueprintColumn, BlueprintGroup, BlueprintRow } from './blueprint.ts';
export type { Dossier, NamedFile, Origin } from './dossier.ts';
export { dossierOf, type DossierSources } from './dossier-of.ts';
export { filesOf } from './files.ts';
export { shownDocuments } from './governance-part.ts';
export type { AnsweredPack, FairnessLine, GovernancePart } from './governance-part.ts';
export { dossierPage } from './page.ts';
export type { StoryLine } from './story.ts';
export type { Trial } from './trials.ts';
