export * from './duration.ts';
export * from './live-events.ts';
export * from './release-file.ts';
