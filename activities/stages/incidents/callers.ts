import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, Outcome } from '../faults/caller.ts';
import type { FeatureRow } from '../model-client.ts';
import type { Replica } from './staging-replicas.ts';

const PAUSE_MS = 15;

/** Callers who never stop: each call goes to the replicas in turn, and to the next one when there is no answer. */
export class SteadyCallers {
  /** The row as it comes from its sources. */
  rowOf: (row: FeatureRow) => FeatureRow = (row) => row;
  #outcomes: Outcome[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #caller: Caller;
  readonly #replicas: readonly Replica[];
  readonly #rows: readonly FeatureRow[];
  readonly #agent = new Agent({ keepAlive: true });

  constructor(caller: Caller, replicas: readonly Replica[], rows: readonly FeatureRow[], callers: number) {
    this.#caller = caller;
    this.#replicas = replicas;
    this.#rows = rows;
    this.#running = Promise.all(Array.from({ length: callers }, (_, n) => this.#call(n))).then(
      () => undefined,
    );
  }

  /** What has been answered since the last time this was asked. */
  take(): readonly Outcome[] {
    return this.#outcomes.splice(0);
  }

  /** One call of its own. */
  async ask(key: string, row: FeatureRow): Promise<Outcome> {
    let outcome: Outcome | undefined;
    const first = Number(key.slice(key.lastIndexOf('-') + 1)) % this.#replicas.length;
    for (let n = 0; n < this.#replicas.length; n++) {
      const replica = this.#replicas[(first + n) % this.#replicas.length];
      if (replica === undefined) break;
      outcome = await this.#caller.ask(replica.proxy.url, this.#agent, key, row);
      if (outcome.by === 'model' || outcome.by === 'gateway') break;
    }
    if (outcome === undefined) throw new Error('there is no replica to ask');
    return outcome;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#agent.destroy();
  }

  async #call(caller: number): Promise<void> {
    for (let n = 0; !this.#stop.signal.aborted; n++) {
      const row = this.#rows[n % this.#rows.length] ?? {};
      this.#outcomes.push(await this.ask(`steady-${caller}-${n}`, this.rowOf(row)));
      await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined); // the loop ends
    }
  }
}
