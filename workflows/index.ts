export { modelWorkflow } from './model.ts';
export { releaseWorkflow } from './release.ts';
export { retrainingWorkflow } from './retraining.ts';
