import type { Client } from '@temporalio/client';
import type { EventLog } from '../adapters/kafka/index.ts';
import type { EvidenceStore } from '../adapters/evidence/index.ts';
import type { DomainEvent } from '../contracts/ledger.ts';
import type { Ledger } from '../adapters/ledger/index.ts';

/** What activities reach the world through; the worker fills it in. */
export interface ActivityContext {
  readonly evidence: EvidenceStore;
  readonly ledger: Ledger;
  /** Hears what the ledger has taken, each event once, however often it was sent. */
  readonly onAppended?: (stream: string, events: readonly DomainEvent[]) => void;
  readonly log: EventLog;
  readonly temporal: Client;
  /** Base URL of the serving gateway that real callers use. */
  readonly gatewayUrl: string;
  /** Starts a gateway of its own for one trial: no traffic, no prediction log, no shared state. */
  readonly startServing: (settings?: ServingSettings) => Promise<Serving>;
  /** Folder for files of running activities; each makes a folder of its own in it and removes that. */
  readonly scratchDir: string;
  /**
   * Folder of running trainings: logs that are followed, and checkpoints. Shared by the workers of the training queue, so that
   * another one can go on; a folder of this worker alone unless given.
   */
  readonly trainingDir?: string;
}

export interface ServingSettings {
  /** Longest time that the model may take for one request, in milliseconds; long unless given, so that a busy machine fails no model. */
  readonly modelTimeoutMs?: number;
}

export interface Serving {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}
