import { setMaxListeners } from 'node:events';
import { Agent, request as startRequest } from 'node:http';
import { headers, type LoadVersion } from '../../contracts/gateway.ts';
import type { Signature } from '../../contracts/plan.ts';
import { failure } from '../failure.ts';

/** One row's inputs by name; null is missing. */
export type FeatureRow = Readonly<Record<string, string | number | null>>;

export interface Answer {
  readonly status: number;
  /** What the gateway says is wrong, when it refuses. */
  readonly error: string | undefined;
  readonly body: unknown;
  readonly milliseconds: number;
  /** Of these, what the gateway says that it and the model took; undefined when it says nothing. */
  readonly layers: { readonly gateway: number; readonly model: number } | undefined;
}

/** The model was asked in the declared form and had no answer: a finding about the model. */
export class ModelRefused extends Error {}

const TIMEOUT_MS = 60_000;

/**
 * Asks one version of a model over its real socket, by the Open Inference Protocol v2. Connections are kept open. Every
 * call throws `ServingUnavailable` when there is no answer at all; an answer that refuses is an answer.
 */
export class ModelClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #base: URL;
  readonly #version: string;
  readonly #model: string;
  readonly #signature: Signature;
  readonly #signal: AbortSignal;

  constructor(base: string, model: string, version: string, signature: Signature, signal: AbortSignal) {
    this.#base = new URL(base);
    this.#model = encodeURIComponent(model);
    this.#version = encodeURIComponent(version);
    this.#signature = signature;
    this.#signal = signal;
    setMaxListeners(0, signal); // every request under way listens, and there may be many
  }

  load(version: LoadVersion, signal: AbortSignal): Promise<Answer> {
    return this.#call('PUT', `/admin/models/${this.#model}/versions/${this.#version}`, version, signal);
  }

  metadata(): Promise<Answer> {
    return this.#call('GET', `/v2/models/${this.#model}/versions/${this.#version}`);
  }

  /** The whole answer to these rows, sent as one request. */
  infer(rows: readonly FeatureRow[]): Promise<Answer> {
    const body = {
      inputs: this.#signature.inputs.map(({ name, datatype }) => ({
        name,
        datatype,
        shape: [rows.length, 1],
        data: rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null)),
      })),
    };
    return this.#call('POST', `/v2/models/${this.#model}/versions/${this.#version}/infer`, body);
  }

  /** One score a row, the chance of the positive class. Throws `ModelRefused` when the model does not give them. */
  async scores(rows: readonly FeatureRow[]): Promise<Float64Array> {
    const answer = await this.infer(rows);
    const scores = scoresOf(answer);
    if (scores !== undefined && scores.length === rows.length) return scores;
    throw new ModelRefused(
      `${rows.length} row(s) were answered ${answer.status} without a score each: ${answer.error ?? 'no reason given'}`,
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  #call(method: string, path: string, body?: unknown, signal = this.#signal): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const refuse = (error: Error) => {
        const what = `${method} ${path} was not answered: ${error.message}`;
        reject(signal.aborted ? error : failure('ServingUnavailable', what, error));
      };
      const sent = startRequest(new URL(path, this.#base), {
        agent: this.#agent,
        method,
        signal,
        timeout: TIMEOUT_MS,
        headers:
          text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.on('error', refuse);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', refuse);
        response.on('end', () => {
          const content = parse(Buffer.concat(chunks).toString('utf8'));
          const milliseconds = performance.now() - started;
          resolve({
            status: response.statusCode ?? 0,
            error: errorOf(content),
            body: content,
            milliseconds,
            layers: layersOf(response.headers[headers.timing]),
          });
        });
      });
      sent.end(text);
    });
  }
}

/** The scores in an answer; undefined when it is not a 200 with a list of numbers. */
export function scoresOf({ status, body }: Answer): Float64Array | undefined {
  if (status !== 200) return undefined;
  const data = outputOf(body, 'score')?.['data'];
  if (!Array.isArray(data) || !data.every((score) => typeof score === 'number')) return undefined;
  return Float64Array.from(data);
}

/** An output tensor of an inference response, by name. */
export function outputOf(body: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const outputs: unknown = isObject(body) ? body['outputs'] : undefined;
  if (!Array.isArray(outputs)) return undefined;
  return (outputs as unknown[]).filter(isObject).find((output) => output['name'] === name);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // not JSON: whoever looks into it will not find what it should hold, and says so
  }
}

/** What an answer's Server-Timing says of its time. */
export function layersOf(timing: string | string[] | undefined): Answer['layers'] {
  const text = String(timing ?? '');
  const of = (name: string): number => Number(new RegExp(`\\b${name};dur=([0-9.]+)`).exec(text)?.[1]);
  const [gateway, model] = [of('gateway'), of('model')];
  return Number.isFinite(gateway) && Number.isFinite(model) ? { gateway, model } : undefined;
}

function errorOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body.slice(0, 200);
  const error = isObject(body) ? body['error'] : undefined;
  return typeof error === 'string' ? error : undefined;
}
