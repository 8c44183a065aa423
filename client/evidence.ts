import { randomUUID } from 'node:crypto';
import type { EvidenceStore } from '../adapters/evidence/index.ts';
import { LedgerConflict, type Ledger } from '../adapters/ledger/index.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { filesOf, type NamedFile } from '../domain/dossier/index.ts';
import type { ReleaseEvent } from '../domain/release/index.ts';
import { SeatrialError } from './errors.ts';
import { reproductionStream, type TrainingReproduced } from './reproduce/reproduction.ts';

/** A document of a release: which stage left it, or `plan` for what was frozen, or `gate NAME` for what people were shown. */
export type EvidenceLine = NamedFile;

/** Who fetched what, and when; the name is what they said. */
export interface EvidenceAccess {
  readonly at: string;
  readonly by: string;
  readonly name: string;
  readonly sha256: string;
}

/** Stream of a release's access log: hash-chained as its own stream is, and apart from it, because its workflow writes that alone. */
export const accessStream = (release: string): string => release.replace(/^release\//, 'viewed/');

/**
 * Every document of a release, in the order in which the ledger names it, each digest once.
 * Throws `SeatrialError` RELEASE_UNKNOWN for a release without any entry.
 */
export async function listEvidence(ledger: Ledger, release: string): Promise<readonly EvidenceLine[]> {
  const entries = await ledger.read(release);
  if (entries.length === 0)
    throw new SeatrialError('RELEASE_UNKNOWN', `The ledger has no entry of ${release}.`);
  // Our own workflow appended them, so their types say what they hold.
  const own = filesOf(entries as unknown as readonly ReleaseEvent[]);
  const reproduced = (await ledger.read(reproductionStream(release))).flatMap(filesOfReproduction);
  const lines = new Map<string, EvidenceLine>();
  for (const line of [...own, ...reproduced]) if (!lines.has(line.sha256)) lines.set(line.sha256, line);
  return [...lines.values()];
}

function filesOfReproduction({ data }: LedgerEntry): EvidenceLine[] {
  const { report, log } = data as unknown as TrainingReproduced;
  return [report, ...(log === undefined ? [] : [log])].map((ref) => ({ ...ref, from: 'reproduction' }));
}

/**
 * One document by its digest, or by the first 12 characters or more. Its reading is in the access log before anybody has it: what cannot
 * be logged is not given. Throws `SeatrialError` USAGE when the release has no such document, or several.
 */
export async function readEvidence(
  ledger: Ledger,
  store: Pick<EvidenceStore, 'get'>,
  release: string,
  digest: string,
  by: string,
): Promise<{ line: EvidenceLine; content: Buffer }> {
  if (!/^[0-9a-f]{12,64}$/.test(digest))
    throw new SeatrialError(
      'USAGE',
      `${JSON.stringify(digest)} is no digest; write 12 to 64 of its characters.`,
    );
  const found = (await listEvidence(ledger, release)).filter(({ sha256 }) => sha256.startsWith(digest));
  const [line] = found;
  if (line === undefined || found.length > 1) {
    const what = line === undefined ? 'no document' : `${found.length} documents`;
    throw new SeatrialError('USAGE', `${release} names ${what} of digest ${digest}.`);
  }
  const content = await store.get(line);
  await logAccess(ledger, release, line, by);
  return { line, content };
}

/** Writes down that somebody reads a document. What cannot be written down is not given. */
export async function logAccess(
  ledger: Ledger,
  release: string,
  { name, sha256 }: EvidenceRef,
  by: string,
): Promise<void> {
  const data = { id: randomUUID(), by, name, sha256 };
  await appendBeside(ledger, accessStream(release), { type: 'EvidenceRead', data });
}

const ATTEMPTS = 10;

/** Appends to a stream that people write, several at a time perhaps. */
export async function appendBeside(
  ledger: Ledger,
  stream: string,
  fact: { readonly type: string; readonly data: LedgerEntry['data'] },
): Promise<void> {
  const event = { ...fact, at: new Date().toISOString() };
  for (let attempt = 1; ; attempt++) {
    try {
      await ledger.append({ stream, after: (await ledger.head(stream)).seq, events: [event] });
      return;
    } catch (error) {
      // Somebody else wrote at the same moment, and was first.
      if (!(error instanceof LedgerConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The access log of a release, oldest first; empty when nobody fetched anything. */
export async function readAccessLog(ledger: Ledger, release: string): Promise<readonly EvidenceAccess[]> {
  return (await ledger.read(accessStream(release))).map(({ at, data }) => ({
    at,
    by: String(data['by']),
    name: String(data['name']),
    sha256: String(data['sha256']),
  }));
}
