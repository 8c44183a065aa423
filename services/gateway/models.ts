import { isDeepStrictEqual } from 'node:util';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { EvidenceError } from '../../adapters/evidence/index.ts';
import {
  FALLBACK_VERSION,
  type LoadVersion,
  type TrafficChange,
  type TrafficStatus,
} from '../../contracts/gateway.ts';
import type { Signature } from '../../contracts/plan.ts';
import { GatewayError, messageOf } from './errors.ts';
import { ModelSession } from './model-session.ts';
import { Serial } from './serial.ts';
import { checkSignature, readSignature } from './signature.ts';
import { EMPTY_STATE, readState, writeState, type GatewayState, type ModelState } from './state-file.ts';
import { applyChange, noTraffic } from './traffic.ts';

/** A version that can answer. */
export interface LoadedVersion {
  readonly load: LoadVersion;
  readonly signature: Signature;
  readonly session: ModelSession;
}

export interface ModelsOptions {
  readonly evidence: EvidenceStore;
  /** Null keeps the state in memory only. */
  readonly stateFile: string | null;
  readonly timeoutMs: number;
}

/**
 * The models that are served: which versions are loaded and which arms traffic has. Changes come one at a time, and each
 * is on the disk before it is in force, so that a crash at any moment loses nothing that was answered with yes.
 */
export class Models {
  readonly #options: ModelsOptions;
  readonly #serial = new Serial();
  readonly #loaded = new Map<string, LoadedVersion>();
  /** Versions of the state file that could not be loaded again, and why. Their arms answer with the declared score. */
  readonly #lost = new Map<string, string>();
  #state: GatewayState = EMPTY_STATE;

  private constructor(options: ModelsOptions) {
    this.#options = options;
  }

  /** Loads again what was served before. A version whose file is gone does not stop the others. */
  static async open(options: ModelsOptions): Promise<Models> {
    const models = new Models(options);
    if (options.stateFile !== null) models.#state = await readState(options.stateFile);
    for (const [model, { versions }] of Object.entries(models.#state.models)) {
      for (const [version, load] of Object.entries(versions)) {
        try {
          models.#loaded.set(keyOf(model, version), await models.#open(load));
        } catch (error) {
          models.#lost.set(keyOf(model, version), messageOf(error));
        }
      }
    }
    return models;
  }

  /** Problems that a person should know: versions that could not be loaded, or do not answer. */
  problems(): string[] {
    const lost = [...this.#lost].map(([key, why]) => `${key} is not loaded: ${why}`);
    const stuck = [...this.#loaded].filter(([, { session }]) => !session.ready);
    return [...lost, ...stuck.map(([key]) => `${key} does not answer`)];
  }

  /** True when every version that has traffic can answer. */
  ready(): boolean {
    return Object.values(this.#state.models).every(({ traffic }) =>
      traffic.arms.every(({ version }) => this.isReady(traffic.model, version)),
    );
  }

  isReady(model: string, version: string): boolean {
    return version === FALLBACK_VERSION || this.find(model, version)?.session.ready === true;
  }

  names(): string[] {
    return Object.keys(this.#state.models);
  }

  /** Throws `MODEL_NOT_FOUND`. */
  get(model: string): ModelState {
    const state = own(this.#state.models, model);
    if (state !== undefined) return state;
    throw new GatewayError(
      'MODEL_NOT_FOUND',
      `No model "${model}" is loaded. Loaded: ${list(this.names())}.`,
    );
  }

  find(model: string, version: string): LoadedVersion | undefined {
    return this.#loaded.get(keyOf(model, version));
  }

  /** Throws `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`, or `MODEL_NOT_READY` for one that could not be loaded again. */
  version(model: string, version: string): LoadedVersion {
    const { versions } = this.get(model);
    const loaded = this.find(model, version);
    if (loaded !== undefined) return loaded;
    const lost = this.#lost.get(keyOf(model, version));
    if (lost !== undefined) throw new GatewayError('MODEL_NOT_READY', lost);
    throw new GatewayError(
      'VERSION_NOT_FOUND',
      `Version "${version}" of ${model} is not loaded. Loaded: ${list(Object.keys(versions))}.`,
    );
  }

  /**
   * Loads a version; again with the same digests it changes nothing. Throws `ARTIFACT_UNUSABLE`, `SIGNATURE_MISMATCH`,
   * `VERSION_DIFFERS` when the version is loaded with other content: a version means one thing for ever.
   */
  load(model: string, version: string, load: LoadVersion): Promise<LoadedVersion> {
    return this.#serial.run(async () => {
      const key = keyOf(model, version);
      const before = own(own(this.#state.models, model)?.versions ?? {}, version);
      if (before !== undefined && !sameContent(before, load)) {
        throw new GatewayError(
          'VERSION_DIFFERS',
          `Version ${version} of ${model} is loaded with another artifact, signature or serving settings. Give the new content a new version.`,
        );
      }
      const loaded = this.#loaded.get(key);
      if (before !== undefined && loaded !== undefined) return loaded;
      const opened = await this.#open(load);
      try {
        await this.#save(
          model,
          withVersion(own(this.#state.models, model), model, version, load, opened.signature),
        );
      } catch (error) {
        await opened.session.close();
        throw error;
      }
      this.#loaded.set(key, opened);
      this.#lost.delete(key);
      return opened;
    });
  }

  /** Ends a version that has no traffic. Unloading one that is not loaded changes nothing. */
  unload(model: string, version: string): Promise<void> {
    return this.#serial.run(async () => {
      const state = this.get(model);
      if (state.traffic.arms.some((arm) => arm.version === version)) {
        throw new GatewayError(
          'VERSION_IN_TRAFFIC',
          `Version ${version} of ${model} has traffic. Move its traffic away first.`,
        );
      }
      const versions = Object.fromEntries(
        Object.entries(state.versions).filter(([name]) => name !== version),
      );
      await this.#save(model, { ...state, versions });
      const key = keyOf(model, version);
      const loaded = this.#loaded.get(key);
      this.#loaded.delete(key);
      this.#lost.delete(key);
      await loaded?.session.close();
    });
  }

  /** Throws `MODEL_NOT_FOUND` and what `applyChange` throws. */
  change(model: string, change: TrafficChange): Promise<TrafficStatus> {
    return this.#serial.run(async () => {
      const before = this.get(model);
      const after = applyChange(before, change, new Date().toISOString());
      if (after !== before) await this.#save(model, after);
      return after.traffic;
    });
  }

  async close(): Promise<void> {
    await this.#serial.run(async () => {
      await Promise.all([...this.#loaded.values()].map(({ session }) => session.close()));
    });
  }

  async #open(load: LoadVersion): Promise<LoadedVersion> {
    const { evidence, timeoutMs } = this.#options;
    try {
      const signature = readSignature(await evidence.getJson(load.signature));
      const path = await evidence.path(load.artifact);
      const session = await ModelSession.open(path, signature.output.name, timeoutMs);
      try {
        checkSignature(signature, session.facts);
      } catch (error) {
        await session.close();
        throw error;
      }
      return { load, signature, session };
    } catch (error) {
      if (error instanceof EvidenceError) throw new GatewayError('ARTIFACT_UNUSABLE', error.message, error);
      throw error;
    }
  }

  async #save(model: string, state: ModelState): Promise<void> {
    const next: GatewayState = { schema: 1, models: { ...this.#state.models, [model]: state } };
    if (this.#options.stateFile !== null) await writeState(this.#options.stateFile, next);
    this.#state = next;
  }
}

function withVersion(
  state: ModelState | undefined,
  model: string,
  version: string,
  load: LoadVersion,
  signature: Signature,
): ModelState {
  return {
    versions: { ...state?.versions, [version]: load },
    declared: { score: load.fallback.score, threshold: load.threshold, signature },
    traffic: state?.traffic ?? noTraffic(model),
    applied: state?.applied ?? [],
  };
}

/** File names and media types may differ: what counts is the content and how it is served. */
function sameContent(a: LoadVersion, b: LoadVersion): boolean {
  const content = ({ artifact, signature, fallback, threshold }: LoadVersion) => ({
    artifact: artifact.sha256,
    signature: signature.sha256,
    fallback: fallback.score,
    threshold,
  });
  return isDeepStrictEqual(content(a), content(b));
}

function keyOf(model: string, version: string): string {
  return `${model}/${version}`;
}

/** A record's own entry: names come from URLs, and `constructor` is no model. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
