/** What the gateway's tests share: the tiny models in an evidence folder, a running gateway, and its HTTP in short. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { LoadVersion, TrafficArm, TrafficStatus } from '../../contracts/gateway.ts';
import type { Signature } from '../../contracts/plan.ts';

export const SIGNATURE: Signature = {
  inputs: [
    { name: 'carrier', datatype: 'BYTES', kind: 'category' },
    { name: 'distance', datatype: 'FP32', kind: 'numeric' },
  ],
  output: { name: 'probabilities', positiveIndex: 1 },
};
export const FALLBACK_SCORE = 0.25;

const MODELS = ['tiny-a', 'tiny-b', 'tiny-wrong', 'tiny-flights'] as const;
export type TinyModel = (typeof MODELS)[number];

export interface Folder {
  readonly dir: string;
  readonly evidenceDir: string;
  readonly dataDir: string;
  /** What to load, with any of its parts replaced. */
  load(model: TinyModel, more?: Partial<LoadVersion>): LoadVersion;
  put(content: string | Buffer): Promise<EvidenceRef>;
  remove(): Promise<void>;
}

export async function makeFolder(): Promise<Folder> {
  const dir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const evidenceDir = join(dir, 'evidence');
  const store = openEvidence(evidenceDir);
  const artifacts = new Map<TinyModel, EvidenceRef>();
  for (const model of MODELS) {
    const file = join(import.meta.dirname, '../fixtures', `${model}.onnx`);
    artifacts.set(model, await store.putFile(file, { name: 'model.onnx', mediaType: 'application/onnx' }));
  }
  const json = { name: 'signature.json', mediaType: 'application/json' };
  const signature = await store.put(JSON.stringify(SIGNATURE), json);
  return {
    dir,
    evidenceDir,
    dataDir: join(dir, 'data'),
    load: (model, more = {}) => ({
      artifact: artifacts.get(model)!,
      signature,
      fallback: { score: FALLBACK_SCORE },
      threshold: 0.5,
      ...more,
    }),
    put: (content) => store.put(content, json),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into bodies of many shapes; a wrong guess shows as a failed expectation.
  readonly body: Body;
}

export interface Body {
  readonly [key: string]: unknown;
  readonly id?: string;
  readonly error?: string;
  readonly code?: string;
  readonly model_version?: string;
  readonly parameters?: { readonly arm?: string; readonly status?: string; readonly reason?: string };
  readonly outputs?: readonly { readonly name: string; readonly data: readonly number[] }[];
}

export async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === 'string';
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Body) : { text },
  };
}

export function inferBody(
  rows: readonly (readonly [carrier: string | null, distance: number | null])[],
  id?: string,
) {
  const shape = [rows.length, 1];
  return {
    ...(id === undefined ? {} : { id }),
    inputs: [
      { name: 'carrier', datatype: 'BYTES', shape, data: rows.map(([carrier]) => carrier) },
      { name: 'distance', datatype: 'FP32', shape, data: rows.map(([, distance]) => distance) },
    ],
  };
}

/** What the tiny models compute; see `make_tiny_models.py`. */
export function tinyScore(
  model: 'tiny-a' | 'tiny-b',
  carrier: string | null,
  distance: number | null,
): number {
  const effect = carrier === 'AA' ? 0.5 : carrier === 'UA' ? -0.5 : 0;
  const logit = (distance ?? 1000) / 1000 + effect + (model === 'tiny-b' ? 1 : 0);
  return 1 / (1 + Math.exp(-logit));
}

export const scoreOf = (answer: Answer): readonly number[] =>
  answer.body.outputs?.find(({ name }) => name === 'score')?.data ?? [];

let changes = 0;

export async function setTraffic(
  url: string,
  arms: readonly TrafficArm[],
  more: { model?: string; fence?: number; changeId?: string } = {},
): Promise<{ status: number; traffic: TrafficStatus & Body }> {
  const { model = 'tiny', fence = 1, changeId = `change-${++changes}` } = more;
  const { status, body } = await call(`${url}/admin/models/${model}/traffic`, 'PUT', {
    changeId,
    fence,
    arms,
  });
  return { status, traffic: body as unknown as TrafficStatus & Body };
}

export const only = (version: string): TrafficArm[] => [{ arm: 'baseline', version, weight: 100 }];

export const split = (baseline: string, canary: string, weight: number): TrafficArm[] => [
  { arm: 'baseline', version: baseline, weight: 100 - weight },
  { arm: 'canary', version: canary, weight },
];
