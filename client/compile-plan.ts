import { basename, dirname, extname, resolve } from 'node:path';
import { sha256Of, sha256OfFile, type EvidenceStore } from '../adapters/evidence/index.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { JsonObject } from '../contracts/json.ts';
import type { Plan, RetrainingSpec } from '../contracts/plan.ts';
import type { PlanPlaybook } from '../contracts/playbook.ts';
import type { ReleaseFile } from '../contracts/schemas/release-file.ts';
import { canonicalJson } from '../domain/ledger/index.ts';
import { policyOf, watchOf } from './plan-policies.ts';
import { stepOf } from './plan-steps.ts';
import { idOf } from './playbook/read-playbook.ts';
import type { NamedFile, ReleaseSource } from './release-file.ts';

type Spec = ReleaseFile['spec'];

const DAY = 86_400;

/** What freezing needs of an evidence store. */
export type PlanStore = Pick<EvidenceStore, 'put' | 'putFile'>;

/** Keeps nothing and names everything: for looking at a plan before anything is started. */
export const digestOnly: PlanStore = {
  put: (content, label) =>
    Promise.resolve({ ...label, sha256: sha256Of(content), bytes: Buffer.byteLength(content) }),
  putFile: async (path, label) => ({ ...label, ...(await sha256OfFile(path)) }),
};

/** A file of the plan is not the one that the release file asks for. */
export class PlanDigestError extends Error {
  readonly code = 'DIGEST_MISMATCH';

  constructor({ field, path }: NamedFile, wanted: string, found: string) {
    super(
      `${field}: ${path} has the digest ${found}, and the release file asks for ${wanted}. ` +
        'Bring back the file, or correct its sha256.',
    );
    this.name = 'PlanDigestError';
  }
}

/**
 * Freezes a release: copies every file that it names into the evidence store, and the plan itself as canonical JSON, whose
 * digest is the plan's. Doing it twice changes nothing. Throws `PlanDigestError`, or the store's `EvidenceError`.
 */
export async function compilePlan(
  source: ReleaseSource,
  evidence: PlanStore,
): Promise<{ plan: Plan; planRef: EvidenceRef }> {
  const artifact = await store(source.artifact, evidence);
  const signature = await store(source.signature, evidence);
  const data: Record<string, EvidenceRef> = {};
  for (const [name, file] of Object.entries(source.data)) data[name] = await store(file, evidence);

  const playbook = source.playbook && (await freezePlaybook(source.playbook, evidence));

  const plan = planOf(source.release, dirname(source.path), { artifact, signature, data }, playbook);
  return { plan, planRef: await storePlan(plan, evidence) };
}

/** Puts a finished plan into the evidence store; the reference that a release is started with. */
export function storePlan(plan: Plan, evidence: PlanStore): Promise<EvidenceRef> {
  const text = canonicalJson(plan);
  return evidence.put(text, { name: 'plan.json', mediaType: 'application/json' });
}

async function store(file: NamedFile, evidence: PlanStore): Promise<EvidenceRef> {
  const name = basename(file.path);
  const ref = await evidence.putFile(file.path, {
    name,
    mediaType: mediaTypes[extname(name).toLowerCase()] ?? 'application/octet-stream',
  });
  if (file.sha256 !== undefined && file.sha256 !== ref.sha256)
    throw new PlanDigestError(file, file.sha256, ref.sha256);
  return ref;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.onnx': 'application/onnx',
  '.parquet': 'application/vnd.apache.parquet',
  '.svg': 'image/svg+xml',
  '.yaml': 'application/yaml',
};

interface Frozen {
  readonly artifact: EvidenceRef;
  readonly signature: EvidenceRef;
  readonly data: Readonly<Record<string, EvidenceRef>>;
}

async function freezePlaybook(
  { from, changes }: NonNullable<ReleaseSource['playbook']>,
  evidence: PlanStore,
): Promise<PlanPlaybook> {
  const files: Record<string, EvidenceRef> = {};
  for (const [name, path] of Object.entries(from.files))
    files[name] = await store({ path, field: `playbook ${from.name}` }, evidence);
  return {
    ...idOf(from),
    builtOn: from.builtOn,
    files,
    ...(from.spec.skips === 'refused' ? { skips: 'refused' } : {}),
    changes: [...changes, ...from.changes],
  };
}

function planOf(
  { metadata, spec }: ReleaseFile,
  folder: string,
  frozen: Frozen,
  playbook: PlanPlaybook | undefined,
): Plan {
  return {
    schema: 1,
    model: metadata.model,
    version: metadata.version,
    summary: metadata.summary ?? `${metadata.model} ${metadata.version}`,
    risk: spec.risk,
    requester: spec.requester,
    ...(playbook ? { playbook } : {}),
    people: spec.people,
    ...frozen,
    serving: spec.serving,
    steps: spec.steps.map(stepOf),
    rollback: { objectiveSeconds: spec.rollback.objective },
    ...(spec.watch ? { watch: watchOf(spec.watch, spec.serving.threshold) } : {}),
    ...(spec.retraining ? { retraining: retrainingOf(spec.retraining, folder, spec.people) } : {}),
    ...(spec.lineage ? { lineage: spec.lineage as JsonObject } : {}),
  };
}

function retrainingOf(
  { policy, trainer, window, next, trainedUntil, guard }: NonNullable<Spec['retraining']>,
  folder: string,
  people: Spec['people'],
): RetrainingSpec {
  const { timeout, cwd, ...training } = trainer;
  return {
    policy: policyOf(policy, people),
    trainer: { ...training, cwd: resolve(folder, cwd), timeoutSeconds: timeout },
    windowDays: window / DAY,
    ...(trainedUntil === undefined ? {} : { trainedUntil }),
    ...(guard ? { guard } : {}),
    ...(next ? { next: { steps: next.steps.map(stepOf) } } : {}),
  };
}
