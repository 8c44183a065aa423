export { openFileRegistry } from './file.ts';
export { openMlflowRegistry } from './mlflow.ts';
export type { MlflowSettings } from './mlflow-api.ts';
export { RegistryRefused, RegistryUnavailable, type ModelRegistry } from './port.ts';
