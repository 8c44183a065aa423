import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { packNames } from '../../contracts/schemas/governance.ts';
import { trainingRecord } from '../../contracts/schemas/training-record.ts';
import { dossierOf, filesOf, shownDocuments, type Dossier } from '../../domain/dossier/index.ts';
import { recordOf, type Pack, type TrainingRecord } from '../../domain/governance/index.ts';
import { evidenceOf, lineageOf, modelOf } from '../../domain/lineage/index.ts';
import { releaseEvents } from '../../domain/lineage/streams.ts';
import { fold } from '../../domain/release/index.ts';
import { EvidenceError, missingFiles, type EvidenceStore } from '../evidence/index.ts';
import { readBooks, type Ledger } from '../ledger/index.ts';
import { readPack, type PackName } from '../regulations/index.ts';

export interface DossierPorts {
  readonly ledger: Pick<Ledger, 'read'>;
  /** Without it no document's text is shown, and no file is looked for. */
  readonly evidence?: Pick<EvidenceStore, 'get' | 'getJson' | 'has'> | undefined;
}

const TRAINING_RECORD = 'training-record';

/**
 * The dossier of a release as its ledger has it now; undefined when it has no entry. A document that cannot be read leaves its place
 * empty, because a dossier is wanted most when something is lost. Throws `LedgerUnavailable`, and `EvidenceError`
 * EVIDENCE_UNAVAILABLE when the store does not answer.
 */
export async function readDossier(
  { ledger, evidence }: DossierPorts,
  release: string,
): Promise<Dossier | undefined> {
  const books = await readBooks(ledger, [release]);
  const events = releaseEvents(books, release);
  const { plan, steps } = fold(events);
  if (!plan) return undefined;
  const reports = steps.flatMap(({ report }) => (report ? [report] : []));
  const lineage = lineageOf(books, modelOf(release));
  const origin = lineage.releases.find((one) => one.release === release)?.cameFrom;
  const named = [
    ...filesOf(events).map((file) => ({ ...file, from: `${release} (${file.from})` })),
    ...evidenceOf(lineage).filter(({ from }) => from === release || from === origin),
  ];
  return dossierOf(books, release, {
    packs: await packsOf(plan),
    training: evidence ? await recordIn(evidence, plan) : null,
    texts: evidence ? await textsIn(evidence, reports) : new Map<string, string>(),
    missing: evidence ? await missingFiles(evidence, named) : [],
  });
}

/** Those that the release's stage `governance` answers; all that there are where it has no such stage. */
async function packsOf(plan: Plan): Promise<Pack[]> {
  const step = plan.steps.find((one) => one.kind === 'stage' && one.stage === 'governance');
  const asked = step?.kind === 'stage' ? step.parameters['packs'] : undefined;
  const names = Array.isArray(asked) ? packNames.filter((name) => asked.includes(name)) : packNames;
  return Promise.all(names.map((name: PackName) => readPack(name)));
}

async function recordIn(
  evidence: Pick<EvidenceStore, 'getJson'>,
  plan: Plan,
): Promise<TrainingRecord | null> {
  const ref = plan.data[TRAINING_RECORD];
  if (ref === undefined) return null;
  const document = await orNull(evidence.getJson<unknown>(ref));
  const parsed = trainingRecord.safeParse(document);
  return parsed.success ? recordOf(ref, parsed.data) : null;
}

async function textsIn(
  evidence: Pick<EvidenceStore, 'get'>,
  reports: readonly Report[],
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of shownDocuments(reports)) {
    const content = await orNull(evidence.get(file));
    if (content !== null) texts.set(file.sha256, content.toString('utf8'));
  }
  return texts;
}

/** Null for a file that is lost or changed; a store that does not answer is no reason to call it lost. */
async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof EvidenceError && error.code !== 'EVIDENCE_UNAVAILABLE') return null;
    throw error;
  }
}
