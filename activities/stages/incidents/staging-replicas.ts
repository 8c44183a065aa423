import type { Plan } from '../../../contracts/plan.ts';
import type { ActivityContext, Serving } from '../../context.ts';
import { failure } from '../../failure.ts';
import { FaultProxy } from '../faults/fault-proxy.ts';
import { ModelClient } from '../model-client.ts';
import { allTo, setTraffic } from '../staging.ts';
import { loadVersion, messageOf, type Trial } from '../trial.ts';

/** A gateway that serves the version, and the proxy by which callers and the watch reach it. */
export interface Replica {
  readonly name: string;
  serving: Serving;
  readonly proxy: FaultProxy;
}

/** A staging environment: several gateways of a stage's own, all traffic of each on the version. */
export class StagingReplicas {
  readonly replicas: Replica[] = [];
  readonly #context: ActivityContext;
  readonly #plan: Plan;
  readonly #trial: Trial;
  readonly #loadSeconds: number;
  readonly #started: Serving[] = [];

  constructor(context: ActivityContext, plan: Plan, trial: Trial, loadSeconds: number) {
    this.#context = context;
    this.#plan = plan;
    this.#trial = trial;
    this.#loadSeconds = loadSeconds;
  }

  /** Adds one; a reason when the version does not load. */
  async add(name: string, serving: Serving, seed: number): Promise<string | null> {
    const refused = await this.#prepare(serving);
    if (refused !== null) return refused;
    this.replicas.push({ name, serving, proxy: await FaultProxy.start(serving.url, seed) });
    return null;
  }

  /** Throws `ServingUnavailable`. */
  async start(): Promise<Serving> {
    const serving = await this.#context.startServing().catch((error: unknown) => {
      throw failure('ServingUnavailable', `no serving process could be started: ${messageOf(error)}`, error);
    });
    this.#started.push(serving);
    return serving;
  }

  /** Puts a new process in the place of one that is gone. */
  async replace(replica: Replica): Promise<void> {
    const serving = await this.start();
    const refused = await this.#prepare(serving);
    if (refused !== null)
      throw failure('ServingUnavailable', `a new replica does not load the model: ${refused}`);
    replica.serving = serving;
    replica.proxy.pointTo(serving.url);
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map(({ proxy }) => proxy.close()));
    await Promise.all(this.#started.map((serving) => serving.stop()));
  }

  async #prepare(serving: Serving): Promise<string | null> {
    const { model, version } = this.#plan;
    const { signature, signal } = this.#trial;
    const client = new ModelClient(serving.url, model, version, signature, signal);
    try {
      const loaded = await loadVersion({ ...this.#trial, serving, client }, this.#plan, this.#loadSeconds);
      if (!loaded.loaded) return loaded.reason;
    } finally {
      client.close();
    }
    await setTraffic(serving.url, model, { changeId: 'staging', fence: 1 }, allTo(version), signal);
    return null;
  }
}
