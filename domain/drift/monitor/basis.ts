import type { Watched } from './input.ts';

/**
 * Names all that a summary depends on besides its rows. While a watch changes, processes that share a model may hold parts of
 * one window against different profiles; those cannot be added.
 */
export const basisOf = ({ profileId, settings }: Watched): string =>
  `${profileId} ${JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
