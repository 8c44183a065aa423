import { Context } from '@temporalio/activity';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { Metrics } from '../../contracts/report.ts';

/** What a stage's heartbeats carry. */
export interface StageProgress {
  readonly done: number;
  readonly total: number;
  readonly phase: string;
  /** What is known so far. */
  readonly metrics: Metrics;
  /** Results of finished phases, so that another attempt need not do them again. */
  readonly finished: Readonly<Record<string, EvidenceRef>>;
}

// Well under the heartbeat timeout of half a minute: a long load or query must not look like a lost worker.
const REPEAT_MS = 5_000;

/**
 * A stage's progress as heartbeats, and its memory over attempts. The stage names its phases up front; each ends with a small
 * JSON result, which is kept as evidence and named in every heartbeat after it.
 */
export class Progress {
  readonly #evidence: EvidenceStore;
  readonly #phases: readonly string[];
  readonly #earlier: Readonly<Record<string, EvidenceRef>>;
  readonly #timer: NodeJS.Timeout;
  #now: StageProgress;

  constructor(evidence: EvidenceStore, phases: readonly string[]) {
    this.#evidence = evidence;
    this.#phases = phases;
    this.#earlier = finishedBefore(Context.current().info.heartbeatDetails);
    this.#now = { done: 0, total: phases.length * 100, phase: phases[0] ?? '', metrics: {}, finished: {} };
    this.#send();
    this.#timer = setInterval(() => this.#send(), REPEAT_MS);
  }

  /** Runs a phase, or takes its result from an attempt before this one. */
  async phase<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.begin(name);
    const earlier = this.#earlier[name];
    const known = earlier === undefined ? undefined : await this.#recall<T>(earlier);
    const result = known ?? (await run());
    const ref =
      known === undefined || earlier === undefined
        ? await this.#evidence.put(JSON.stringify(result), {
            name: `${name}-result.json`,
            mediaType: 'application/json',
          })
        : earlier;
    this.#now = {
      ...this.#now,
      done: (this.#phases.indexOf(name) + 1) * 100,
      finished: { ...this.#now.finished, [name]: ref },
    };
    this.#send();
    return result;
  }

  /** Begins a phase whose result is not kept: another attempt does it again. */
  begin(name: string): void {
    this.#now = { ...this.#now, phase: name, done: this.#phases.indexOf(name) * 100 };
    this.#send();
  }

  /** How far the phase is, 0 to 1. */
  within(share: number): void {
    const whole = this.#phases.indexOf(this.#now.phase) * 100;
    this.#now = { ...this.#now, done: whole + Math.floor(Math.min(1, Math.max(0, share)) * 100) };
    this.#send();
  }

  measured(metrics: Metrics): void {
    this.#now = { ...this.#now, metrics: { ...this.#now.metrics, ...metrics } };
    this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #recall<T>(ref: EvidenceRef): Promise<T | undefined> {
    // The other attempt may have run where the evidence was not shared: then the phase is done again.
    return (await this.#evidence.has(ref)) ? this.#evidence.getJson<T>(ref) : undefined;
  }

  #send(): void {
    Context.current().heartbeat(this.#now);
  }
}

function finishedBefore(details: unknown): Readonly<Record<string, EvidenceRef>> {
  return (details as Partial<StageProgress> | undefined)?.finished ?? {};
}
