/**
 * The one place that knows how things are named. A release can never run twice for one version, because its workflow id
 * is its identity and Temporal refuses a second start.
 */

const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;

/** Model names and versions become workflow ids, topic keys and URL parts, so their alphabet is small. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && NAME.test(text);
}

/** What to tell a person whose name was refused. */
export const NAME_RULE =
  'use 1 to 128 lower-case letters, digits, dots, dashes or underscores, beginning with a letter or a digit';

export const modelWorkflowId = (model: string): string => `model/${model}`;
export const releaseWorkflowId = (model: string, version: string): string => `release/${model}/${version}`;
export const retrainingWorkflowId = (model: string, decision: string): string =>
  `retraining/${model}/${decision}`;

export interface ReleaseName {
  readonly model: string;
  readonly version: string;
}

/**
 * Reads `release/<model>/<version>` or the short form `<model>/<version>` that people type.
 * Returns undefined when the text is neither.
 */
export function parseRelease(text: string): ReleaseName | undefined {
  const parts = text.split('/');
  if (parts[0] === 'release') parts.shift();
  const [model, version] = parts;
  return parts.length === 2 && isName(model) && isName(version) ? { model, version } : undefined;
}
