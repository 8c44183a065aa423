export * from './drift-event.ts';
export * from './duration.ts';
export * from './live-events.ts';
export * from './playbook-file.ts';
export * from './release-file.ts';
export * from './stage-parameters.ts';
