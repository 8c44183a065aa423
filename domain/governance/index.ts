/** Governance: documents made of a release's evidence. Pure. */
export type { CardWords, GovernanceFacts, TrainingRecord } from './facts.ts';
export { lineageFacts, missingLineage } from './lineage-facts.ts';
export type { LineageFacts } from './lineage-facts.ts';
export { modelCard } from './model-card.ts';
export type { ModelCard } from './model-card.ts';
