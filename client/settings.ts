import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SeatrialError } from './errors.ts';

/** Where everything is. A part that is undefined is named by neither the environment nor a running stack. */
export interface ClientSettings {
  /** Undefined leaves the choice to Temporal's own configuration (`temporal.toml`), else 127.0.0.1:7233. */
  readonly temporalAddress: string | undefined;
  readonly temporalUi: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly evidenceDir: string | undefined;
  readonly gatewayUrl: string | undefined;
  /** The stack's file that was read, if any. */
  readonly stackFile: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const variables = {
  temporalAddress: 'TEMPORAL_ADDRESS',
  temporalUi: 'TEMPORAL_UI_URL',
  kafkaBrokers: 'KAFKA_BROKERS',
  databaseUrl: 'DATABASE_URL',
  evidenceDir: 'EVIDENCE_DIR',
  gatewayUrl: 'GATEWAY_URL',
} as const;

type Part = keyof typeof variables;

/** Name of the environment variable that sets a part. */
export const variableOf = (part: Part): string => variables[part];

/**
 * Reads the environment first, then `.seatrial/stack.json`, which `npm run up` writes, in the folder `from` or above it.
 * Throws `SeatrialError` USAGE when that file cannot be understood.
 */
export function clientSettings(env: Environment = process.env, from: string = process.cwd()): ClientSettings {
  const stackFile = findStackFile(from);
  const stack = stackFile === undefined ? {} : readStackFile(stackFile);
  // A profile of temporal.toml names another server than the stack's on purpose.
  const ownTemporal = Boolean(env['TEMPORAL_ADDRESS'] || env['TEMPORAL_PROFILE']);
  const value = (part: Part): string | undefined => {
    const set = env[variables[part]];
    if (set) return set;
    return ownTemporal && part.startsWith('temporal') ? undefined : stack[part];
  };
  return {
    temporalAddress: value('temporalAddress'),
    temporalUi: value('temporalUi'),
    kafkaBrokers: value('kafkaBrokers'),
    databaseUrl: value('databaseUrl'),
    evidenceDir: value('evidenceDir'),
    gatewayUrl: value('gatewayUrl'),
    stackFile,
  };
}

/** A part that cannot be done without. Throws `SeatrialError` USAGE that names the variable. */
export function required(settings: ClientSettings, part: Part): string {
  const value = settings[part];
  if (value !== undefined) return value;
  throw new SeatrialError(
    'USAGE',
    `${variables[part]} is not set. Set it, or run \`npm run up\`, which says where everything is.`,
  );
}

/**
 * Tells Temporal's own configuration, which reads the environment of the process, about a stack's address. What the
 * environment says already stays.
 */
export function applyTemporalAddress(settings: ClientSettings): void {
  if (settings.temporalAddress === undefined || process.env['TEMPORAL_ADDRESS']) return;
  process.env['TEMPORAL_ADDRESS'] = settings.temporalAddress;
  if (settings.stackFile === undefined) return;
  // A person's own temporal.toml may hold TLS or an API key for another server, so the stack's own is read instead. It need
  // not be there; an empty file would be an error (@temporalio/envconfig 1.24).
  process.env['TEMPORAL_CONFIG_FILE'] = join(dirname(settings.stackFile), 'temporal.toml');
}

function findStackFile(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, '.seatrial', 'stack.json');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

function readStackFile(file: string): Partial<Record<Part, string>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) throw new Error('it is not a JSON object');
    const entries = Object.entries(parsed).filter(
      (entry): entry is [Part, string] =>
        entry[0] in variables && typeof entry[1] === 'string' && entry[1] !== '',
    );
    const stack: Partial<Record<Part, string>> = Object.fromEntries(entries);
    // A relative folder is meant from where the stack was started: the folder above `.seatrial`.
    if (stack.evidenceDir) stack.evidenceDir = resolve(dirname(dirname(file)), stack.evidenceDir);
    return stack;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeatrialError(
      'USAGE',
      `${file} cannot be read: ${reason}. Remove it and run \`npm run up\` again.`,
      {
        cause: error,
      },
    );
  }
}
