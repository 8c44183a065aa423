import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** File to write the outcome to, as JSON. */
  readonly json: string | null;
  /** Leave the gates to a person in the Temporal Web UI. */
  readonly interactive: boolean;
  /** Shuffle the labels in the retraining, so that the canary has something to catch. */
  readonly badChallenger: boolean;
}

export const usage = `npm run demo -- [--json FILE] [--interactive] [--bad-challenger]

  --json FILE       write what happened to FILE
  --interactive     you decide at the gates, in the Temporal Web UI
  --bad-challenger  the retrained model is spoilt on purpose; the canary must roll it back by itself
`;

/** Throws an error with the usage text for unknown options. */
export function readOptions(argv: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        json: { type: 'string' },
        interactive: { type: 'boolean', default: false },
        'bad-challenger': { type: 'boolean', default: false },
      },
    });
    return {
      json: values.json ?? null,
      interactive: values.interactive,
      badChallenger: values['bad-challenger'],
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    });
  }
}
