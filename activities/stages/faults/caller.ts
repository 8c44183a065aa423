import type { Agent } from 'node:http';
import { request as startRequest } from 'node:http';
import { headers } from '../../../contracts/gateway.ts';
import type { Signature } from '../../../contracts/plan.ts';
import type { Call } from '../../../domain/resilience/index.ts';
import { isObject, layersOf, outputOf, type Answer, type FeatureRow } from '../model-client.ts';

export interface CallerOptions {
  readonly model: string;
  /** The only version whose answers are taken as the model's. */
  readonly version: string;
  readonly signature: Signature;
  /** Longest wait for the gateway; then the caller answers for itself. */
  readonly timeoutMs: number;
  /** The declared answer of a caller that has none from the gateway; null for callers without one. */
  readonly fallback: number | null;
}

export interface Outcome extends Pick<Call, 'by' | 'milliseconds' | 'why'> {
  readonly score: number | null;
  /** Of an answer that was believed: what the gateway says that it and the model took, in milliseconds. */
  readonly layers?: Answer['layers'];
}

interface Posted {
  readonly status: number;
  readonly text: string;
  readonly layers: Answer['layers'];
}

class NoAnswer extends Error {}

/**
 * A caller as the release file declares it: waits so long, believes an answer only when it is the answer to its own
 * request, and else uses the declared score. It never throws and never waits longer than its timeout.
 */
export class Caller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  async ask(url: string, agent: Agent, key: string, row: FeatureRow): Promise<Outcome> {
    const started = performance.now();
    const since = (): number => performance.now() - started;
    try {
      const posted = await this.#post(url, agent, key, row);
      const { by, score } = this.#believe(key, posted);
      return {
        by,
        score,
        layers: posted.layers,
        milliseconds: since(),
        ...(by === 'model' ? {} : { why: 'the gateway fell back' }),
      };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const { fallback } = this.#options;
      return { by: fallback === null ? 'nobody' : 'caller', score: fallback, milliseconds: since(), why };
    }
  }

  #post(url: string, agent: Agent, key: string, row: FeatureRow): Promise<Posted> {
    const { model, signature, timeoutMs } = this.#options;
    const body = JSON.stringify({
      id: key,
      inputs: signature.inputs.map(({ name, datatype }) => ({
        name,
        datatype,
        shape: [1, 1],
        data: [Object.hasOwn(row, name) ? row[name] : null],
      })),
    });
    return new Promise((resolve, reject) => {
      const sent = startRequest(new URL(`/v2/models/${encodeURIComponent(model)}/infer`, url), {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          [headers.key]: key,
        },
      });
      // Of the whole call, and not of a silence on the socket: an answer that trickles is late as well.
      const timer = setTimeout(() => sent.destroy(new NoAnswer('no answer in time')), timeoutMs);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error instanceof NoAnswer ? error : new NoAnswer(`connection lost: ${codeOf(error)}`));
      };
      sent.on('error', fail);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            layers: layersOf(response.headers[headers.timing]),
          });
        });
      });
      sent.end(body);
    });
  }

  /** Throws `NoAnswer` with what shows that this is not the answer to the request. */
  #believe(key: string, { status, text }: Posted): { by: 'model' | 'gateway'; score: number } {
    if (status !== 200) throw new NoAnswer(`answered ${status}`);
    const body = parse(text);
    if (!isObject(body)) throw new NoAnswer('the answer is not JSON');
    const { model, version } = this.#options;
    if (body['id'] !== key) throw new NoAnswer('the answer is for another request');
    const parameters = isObject(body['parameters']) ? body['parameters'] : {};
    const declared = parameters['status'] === 'fallback';
    if (body['model_name'] !== model || (!declared && body['model_version'] !== version))
      throw new NoAnswer('the answer is of another version');
    const scores = outputOf(body, 'score')?.['data'];
    const score: unknown =
      Array.isArray(scores) && scores.length === 1 ? (scores as unknown[])[0] : undefined;
    if (typeof score !== 'number' || !(score >= 0 && score <= 1))
      throw new NoAnswer('the answer has no probability');
    return { by: declared ? 'gateway' : 'model', score };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the caller looks for an object and finds none
  }
}

/** The system's short code, so that a thousand lost connections are one reason. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
