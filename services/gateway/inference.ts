import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { FALLBACK_VERSION, headers, type TrafficArm } from '../../contracts/gateway.ts';
import type { Signature } from '../../contracts/plan.ts';
import { GatewayError, messageOf } from './errors.ts';
import { readInferRequest, type InferRequest } from './infer-request.ts';
import { inferResponse, type InferResponse, type Prediction, type ServedBy } from './infer-response.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { LoadedVersion, Models } from './models.ts';
import type { Probabilities } from './model-session.ts';
import type { PredictionLog } from './prediction-log.ts';
import { chooseArm, unitOf } from './routing.ts';

export interface Inference {
  readonly served: ServedBy;
  readonly response: InferResponse;
  /** Where the time went, in milliseconds: all of ours, and of that the wait for the model with its queue. */
  readonly took: { readonly total: number; readonly model: number };
}

export interface InferenceParts {
  readonly models: Models;
  readonly metrics: GatewayMetrics;
  /** Null when predictions are not logged. */
  readonly log: PredictionLog | null;
}

const MAX_KEY = 512;

/** A request whose arm is chosen by the traffic's weights. A model that fails is answered for by the declared score. */
export async function inferRouted(
  parts: InferenceParts,
  model: string,
  body: unknown,
  sent: IncomingHttpHeaders,
): Promise<Inference> {
  const { models, metrics, log } = parts;
  const started = performance.now();
  const { traffic, declared } = models.get(model);
  const id = givenId(body) ?? randomUUID();
  const key = keyOf(sent) ?? id;
  const arm = chooseArm(model, traffic.arms, key);
  if (arm === undefined) {
    throw new GatewayError(
      'NO_TRAFFIC',
      `Model ${model} has no traffic. PUT its arms to /admin/models/${model}/traffic, or name a version in the path.`,
    );
  }
  const loaded = models.find(model, arm.version);
  const { threshold } = loaded?.load ?? declared;
  const fallback = loaded?.load.fallback.score ?? declared.score;
  const probe = sent[headers.probe] === 'true';
  const served: ServedBy = { model, version: arm.version, arm: arm.arm };
  const { request, time } = reading(metrics, served, () => ({
    request: readInferRequest(body, loaded?.signature ?? declared.signature),
    time: timeOf(sent),
  }));
  const asked = performance.now();
  const prediction = await predictOrFallBack(loaded, arm, request, fallback);
  const milliseconds = performance.now() - started;
  const took = { total: milliseconds, model: performance.now() - asked };
  count(metrics, served, prediction.status, milliseconds);
  if (!probe) countMissing(metrics, model, request);
  const unit = unitOf(key);
  for (let row = 0; log !== null && !probe && row < request.rows; row++) {
    log.add({
      model,
      version: arm.version,
      arm: arm.arm,
      predictionId: request.rows === 1 ? id : `${id}#${row}`,
      time,
      unit,
      features: request.features(row),
      score: prediction.scores[row] ?? null,
      status: prediction.status,
      latencyMs: milliseconds,
    });
  }
  return { served, response: inferResponse(id, served, prediction, threshold, request.outputs), took };
}

/**
 * A request that names its version: for trials of one version. A failure is said and not covered by the declared score,
 * and nothing is logged, because a comparison of arms must see only callers that the weights chose.
 */
export async function inferPinned(
  parts: InferenceParts,
  model: string,
  version: string,
  body: unknown,
): Promise<Inference> {
  const { models, metrics } = parts;
  const started = performance.now();
  const { session, signature, load } = models.version(model, version);
  const served: ServedBy = { model, version, arm: undefined };
  const request = reading(metrics, served, () => readInferRequest(body, signature));
  const asked = performance.now();
  try {
    const scores = scoresOf(await session.run(request), signature);
    const took = { total: performance.now() - started, model: performance.now() - asked };
    count(metrics, served, 'ok', took.total);
    const id = request.id ?? randomUUID();
    return {
      served,
      response: inferResponse(id, served, { scores, status: 'ok' }, load.threshold, request.outputs),
      took,
    };
  } catch (error) {
    count(metrics, served, 'error', performance.now() - started);
    throw error;
  }
}

async function predictOrFallBack(
  loaded: LoadedVersion | undefined,
  arm: TrafficArm,
  request: InferRequest,
  fallback: number,
): Promise<Prediction> {
  const declared = { scores: new Array<number>(request.rows).fill(fallback), status: 'fallback' } as const;
  if (arm.version === FALLBACK_VERSION) return declared;
  if (loaded === undefined) return { ...declared, reason: 'The version could not be loaded.' };
  try {
    return { scores: scoresOf(await loaded.session.run(request), loaded.signature), status: 'ok' };
  } catch (error) {
    return { ...declared, reason: messageOf(error) };
  }
}

/** The positive class's probabilities. One that is no probability is a failure of the model: it must not be served. */
function scoresOf({ values, classes }: Probabilities, { output }: Signature): number[] {
  const rows = values.length / classes;
  return Array.from({ length: rows }, (_, row) => {
    const score = values[row * classes + output.positiveIndex];
    // Rounding in 32 bits may step outside of [0, 1] by its last digit.
    if (score !== undefined && score >= -1e-6 && score <= 1 + 1e-6) return Math.min(1, Math.max(0, score));
    throw new GatewayError(
      'MODEL_FAILED',
      `Output "${output.name}" has ${String(score)} at row ${row}, which is no probability.`,
    );
  });
}

/** The caller's id before the body is checked: the arm must be chosen to know which signature to check against. */
function givenId(body: unknown): string | undefined {
  const id: unknown = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function keyOf(sent: IncomingHttpHeaders): string | undefined {
  const key = sent[headers.key];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length <= MAX_KEY) return key;
  throw new GatewayError('INVALID_REQUEST', `Header ${headers.key} has more than ${MAX_KEY} characters.`);
}

/** Event time: the header of a replay, or else now. */
function timeOf(sent: IncomingHttpHeaders): string {
  const text = sent[headers.time];
  if (text === undefined) return new Date().toISOString();
  const milliseconds =
    typeof text === 'string' && /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(milliseconds)) return new Date(milliseconds).toISOString();
  throw new GatewayError(
    'INVALID_REQUEST',
    `Header ${headers.time} is "${String(text).slice(0, 40)}". Send an ISO 8601 time such as 2013-06-01T12:00:00Z.`,
  );
}

function reading<T>(metrics: GatewayMetrics, served: ServedBy, read: () => T): T {
  try {
    return read();
  } catch (error) {
    metrics.requests.inc({ ...labels(served), status: 'invalid' });
    throw error;
  }
}

function count(metrics: GatewayMetrics, served: ServedBy, status: string, milliseconds: number): void {
  metrics.requests.inc({ ...labels(served), status });
  metrics.latency.observe(labels(served), milliseconds / 1000);
}

/** A source of features that is gone shows here first: every value of its inputs is missing. */
function countMissing(metrics: GatewayMetrics, model: string, { rows, columns }: InferRequest): void {
  metrics.rows.inc({ model }, rows);
  for (const [input, column] of Object.entries(columns)) {
    let missing = 0;
    for (const value of column) if (value === '' || Number.isNaN(value)) missing++;
    if (missing > 0) metrics.missing.inc({ model, input }, missing);
  }
}

function labels({ model, version, arm }: ServedBy) {
  return { model, version, arm: arm ?? 'none' };
}
