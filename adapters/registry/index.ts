export { openFileRegistry } from './file.ts';
export { RegistryRefused, RegistryUnavailable, type ModelRegistry } from './port.ts';
