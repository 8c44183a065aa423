import type { Exit } from './process.ts';

/** One running piece of the stack: a server of this machine, or a real one that the environment names. */
export interface Part {
  readonly name: string;
  /** `host:port` that clients use. */
  readonly address: string;
  /** Further addresses: `ui` of Temporal, `url` of the database. */
  readonly extra: Readonly<Record<string, string>>;
  /** The process that does the work; undefined when the part is not ours. */
  readonly pid: number | undefined;
  /** Ends when the part's process ends; never, when the part is not ours. */
  readonly exited: Promise<Exit>;
  /** Ends it in order, by force after 10 seconds. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** What every part of this machine takes. */
export interface PartOptions {
  /** Its folder; the same folder again brings its data back. */
  readonly dataDir: string;
  /** Its wished port. A taken one is replaced by a free one, and said. */
  readonly port?: number;
  /** File that its output is appended to; `<dataDir>.log` when absent. */
  readonly log?: string;
  /** Hears what a person should know, such as a replaced port. Printed to stderr when absent. */
  readonly say?: (line: string) => void;
}

export function sayToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
