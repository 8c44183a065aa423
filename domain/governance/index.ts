/** Governance: documents made of a release's evidence. Pure. */
export { recordOf } from './facts.ts';
export type { CardWords, GovernanceFacts, TrainingRecord } from './facts.ts';
export { lineageFacts, missingLineage } from './lineage-facts.ts';
export type { LineageFacts } from './lineage-facts.ts';
export { evidenceItems, isShown, itemsOf } from './evidence-items.ts';
export type { EvidenceItem } from './evidence-items.ts';
export { mlBom } from './ml-bom.ts';
export { mlTestScore } from './ml-test-score.ts';
export type { MlTestScore, TestPoint } from './ml-test-score.ts';
export { mlTests } from './ml-tests.ts';
export { modelCard } from './model-card.ts';
export type { ModelCard } from './model-card.ts';
export { answerPack } from './pack.ts';
export type { Pack, PackAnswer, PackLine } from './pack.ts';
export { packText, scoreText } from './score-text.ts';
