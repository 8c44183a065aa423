import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { readDossier } from '../adapters/dossier/index.ts';
import { openEvidence, type EvidenceStore } from '../adapters/evidence/index.ts';
import { openLedger, type Ledger } from '../adapters/ledger/index.ts';
import { connectClient } from '../adapters/temporal.ts';
import { parseRelease, releaseWorkflowId } from '../contracts/ids.ts';
import type {
  CloseActionMessage,
  DecideRetraining,
  OpenActionMessage,
  OperatorMessage,
  SkipMessage,
} from '../contracts/messages.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ReleaseView } from '../contracts/release-view.ts';
import { TRAINING_FOLDER } from '../contracts/training-folder.ts';
import type { Dossier } from '../domain/dossier/index.ts';
import type { LedgerHead } from '../domain/ledger/index.ts';
import { sendCommand, submitDecision, type Decision, type DecisionTaken } from './decide.ts';
import { SeatrialError } from './errors.ts';
import {
  accessStream,
  listEvidence,
  readAccessLog,
  readEvidence,
  type EvidenceAccess,
  type EvidenceLine,
} from './evidence.ts';
import { reproductionStream } from './reproduce/reproduction.ts';
import { readHistory, verifyExport, type LedgerExport, type Verification } from './history.ts';
import { readLineage, type FoundLineage } from './lineage.ts';
import { trainingLog, type LogOptions } from './training-log.ts';
import { listReleases, type ListFilter, type ReleaseSummary } from './list.ts';
import { applyTemporalAddress, clientSettings, required, type ClientSettings } from './settings.ts';
import { startRelease, type StartedRelease, type StartOptions } from './start.ts';
import type { DriftAccount } from '../domain/model/index.ts';
import { driftAccount } from './drift.ts';
import { cancelRetraining, decideRetraining, retrainings, type RetrainingView } from './retrain.ts';
import { queryState, waitForRelease, type WaitOptions } from './state.ts';
import { unavailable } from './workflow-errors.ts';
import { waitingStages, type WaitingStage } from './waiting-stages.ts';
import type { Reproduction, ReproduceOptions } from './reproduce/index.ts';

export { compilePlan, PlanDigestError, storePlan } from './compile-plan.ts';
export type { Decision, DecisionTaken } from './decide.ts';
export { SeatrialError, type SeatrialErrorCode } from './errors.ts';
export { championAt, readExport, verifyExport, type LedgerExport, type Verification } from './history.ts';
export type { EvidenceAccess, EvidenceLine } from './evidence.ts';
export type { FoundLineage } from './lineage.ts';
export type { LogOptions } from './training-log.ts';
export { listQuery, type ListFilter, type ReleaseSummary } from './list.ts';
export { problemText, type LocatedProblem } from './problem.ts';
export { readReleaseFile, ReleaseFileError, type ReleaseSource } from './release-file.ts';
export { serves, standOf } from '../contracts/release-view.ts';
export { clientSettings, type ClientSettings } from './settings.ts';
export type { StartedRelease, StartOptions } from './start.ts';
export type { DriftAccount } from '../domain/model/index.ts';
export type { RetrainingView } from './retrain.ts';
export { isSettled, type WaitOptions } from './state.ts';

/**
 * What a team, a script or the CLI does with releases. A release is named `release/<model>/<version>` or, shorter,
 * `<model>/<version>`. All methods throw `SeatrialError`; those that read or write the ledger or the evidence also throw
 * `LedgerUnavailable` and `EvidenceError`, and those that take a release file `ReleaseFileError`.
 */
export interface Seatrial {
  /** From a release file's path, or from a finished plan whose files are in the evidence store. */
  startRelease(source: string | Plan, options?: StartOptions): Promise<StartedRelease>;
  listReleases(filter?: ListFilter): Promise<readonly ReleaseSummary[]>;
  getRelease(release: string): Promise<ReleaseView>;
  /** Work that no worker can take, because nobody polls its task queue. */
  waitingStages(release: string): Promise<readonly WaitingStage[]>;
  /** Until it is live or over. */
  waitForRelease(release: string, options?: WaitOptions): Promise<ReleaseView>;
  approve(release: string, gate: string, decision: Decision): Promise<DecisionTaken>;
  reject(
    release: string,
    gate: string,
    decision: Decision & { readonly reason: string },
  ): Promise<DecisionTaken>;
  pause(release: string, message: OperatorMessage): Promise<ReleaseView>;
  resume(release: string, message: OperatorMessage): Promise<ReleaseView>;
  abort(release: string, message: OperatorMessage): Promise<ReleaseView>;
  retry(release: string, message: OperatorMessage): Promise<ReleaseView>;
  rollback(release: string, message: OperatorMessage): Promise<ReleaseView>;
  /** What a model received of drift, what became of it, and what may still follow. */
  drift(model: string): Promise<DriftAccount>;
  /** Leaves out the stage that is held; `by` is a second person, who signs for it. */
  skip(release: string, message: SkipMessage): Promise<ReleaseView>;
  /** Asks for something to be done about a version that serves; says that it is done. */
  openAction(release: string, message: OpenActionMessage): Promise<ReleaseView>;
  closeAction(release: string, message: CloseActionMessage): Promise<ReleaseView>;
  /** What a model decided about retraining, and what needs a person. */
  retrainings(model: string): Promise<RetrainingView>;
  /** Approves or rejects what is held, or starts one by hand; answers with what it led to. */
  decideRetraining(model: string, word: DecideRetraining): Promise<string>;
  /** Ends the retraining that is under way, or that of the decision. */
  cancelRetraining(model: string, message: OperatorMessage & { readonly decision?: string }): Promise<string>;
  /** Of a release, or of a model with `model/<model>`; up to a time, ISO 8601. */
  history(stream: string, options?: { readonly at?: string }): Promise<LedgerExport>;
  verify(stream: string, options?: { readonly head?: LedgerHead }): Promise<Verification>;
  /** Of a release, a retraining's decision, a model, or evidence by digest; files are looked for where the store is known. */
  lineage(what: string): Promise<FoundLineage>;
  /** What a release leaves behind, as its ledger has it now; texts of documents and lost files where the store is known. */
  dossier(release: string): Promise<Dossier>;
  /** What a retraining's command said, asked for by the release that it made or by its decision; in pieces as they come. */
  logs(what: string, options?: LogOptions): AsyncIterable<Buffer>;
  /** Every document of a release. */
  evidence(release: string): Promise<readonly EvidenceLine[]>;
  /** One document by its digest; `by` is in the access log before it is given. */
  fetchEvidence(
    release: string,
    digest: string,
    by: string,
  ): Promise<{ line: EvidenceLine; content: Buffer }>;
  /** Who fetched which document of a release, and when. */
  evidenceAccess(release: string): Promise<readonly EvidenceAccess[]>;
  /** Where people look at a release; undefined when no Web UI is known. */
  /** Trains a version again from its ledger and evidence, in an empty folder, and compares the predictions. */
  reproduce(release: string, options: ReproduceOptions & { readonly by: string }): Promise<Reproduction>;
  linkTo(release: string): string | undefined;
  close(): Promise<void>;
}

/** Opens what a call needs when it needs it, so that `history` works without Temporal and `getRelease` without a database. */
export function openSeatrial(settings: ClientSettings = clientSettings()): Seatrial {
  let client: Promise<Client> | undefined;
  let ledger: Promise<Ledger> | undefined;
  let evidence: EvidenceStore | undefined;

  const temporal = (): Promise<Client> => {
    applyTemporalAddress(settings);
    return (client ??= connectClient().catch((error: unknown) => {
      client = undefined;
      throw unavailable(error);
    }));
  };
  const books = (): Promise<Ledger> =>
    (ledger ??= openLedger(required(settings, 'databaseUrl')).catch((error: unknown) => {
      ledger = undefined;
      throw error;
    }));
  const store = (): EvidenceStore => (evidence ??= openEvidence(required(settings, 'evidenceDir')));
  const command =
    <Message extends Parameters<typeof sendCommand>[3] = OperatorMessage>(
      name: Parameters<typeof sendCommand>[2],
    ) =>
    async (release: string, message: Message): Promise<ReleaseView> => {
      const id = releaseId(release);
      return sendCommand(await temporal(), id, name, message);
    };
  const history = async (stream: string, { at }: { readonly at?: string } = {}): Promise<LedgerExport> => {
    const name = streamName(stream);
    return readHistory(await books(), name, at);
  };
  const decide = async (
    decision: 'approve' | 'reject',
    release: string,
    gate: string,
    words: Decision,
  ): Promise<DecisionTaken> => {
    const id = releaseId(release);
    return submitDecision(await temporal(), id, gate, decision, words);
  };

  return {
    startRelease: async (source, options) => {
      const files = store();
      return startRelease(await temporal(), files, source, options);
    },
    listReleases: async (filter) => listReleases(await temporal(), filter),
    getRelease: async (release) => {
      const id = releaseId(release);
      return queryState(await temporal(), id);
    },
    waitingStages: async (release) => {
      const id = releaseId(release);
      return waitingStages(await temporal(), id);
    },
    waitForRelease: async (release, options) => {
      const id = releaseId(release);
      return waitForRelease(await temporal(), id, options);
    },
    approve: (release, gate, words) => decide('approve', release, gate, words),
    reject: (release, gate, words) => decide('reject', release, gate, words),
    pause: command('pause'),
    resume: command('resume'),
    abort: command('abort'),
    retry: command('retry'),
    rollback: command('rollback'),
    drift: async (model) => driftAccount(await temporal(), model),
    skip: command<SkipMessage>('skip'),
    openAction: command<OpenActionMessage>('openAction'),
    closeAction: command<CloseActionMessage>('closeAction'),
    cancelRetraining: async (model, message) => cancelRetraining(await temporal(), model, message),
    retrainings: async (model) => retrainings(await temporal(), model),
    decideRetraining: async (model, word) => decideRetraining(await temporal(), model, word),
    history,
    verify: async (stream, { head } = {}) => verifyExport(await history(stream), head),
    lineage: async (what) =>
      readLineage(await books(), what, settings.evidenceDir === undefined ? undefined : store()),
    dossier: async (release) => {
      const id = releaseId(release);
      const evidence = settings.evidenceDir === undefined ? undefined : store();
      const found = await readDossier({ ledger: await books(), evidence }, id);
      if (!found) throw new SeatrialError('RELEASE_UNKNOWN', `The ledger has no entry of ${id}.`);
      return found;
    },
    logs: async function* (what, options) {
      const evidenceDir = required(settings, 'evidenceDir');
      const trainingDir = process.env['TRAINING_DIR'] || join(evidenceDir, TRAINING_FOLDER);
      yield* trainingLog({ ledger: await books(), evidence: store(), trainingDir }, what, options);
    },
    evidence: async (release) => listEvidence(await books(), releaseId(release)),
    fetchEvidence: async (release, digest, by) => {
      const files = store();
      return readEvidence(await books(), files, releaseId(release), digest, by);
    },
    evidenceAccess: async (release) => readAccessLog(await books(), releaseId(release)),
    reproduce: async (release, options) => {
      const evidence = store();
      const { reproduceRelease } = await import('./reproduce/index.ts');
      return reproduceRelease({ ledger: await books(), evidence }, releaseId(release), options);
    },
    linkTo: (release) => {
      const namespace = process.env['TEMPORAL_NAMESPACE'] || 'default';
      const ui = settings.temporalUi?.replace(/\/$/, '');
      return ui && `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(releaseId(release))}`;
    },
    close: async () => {
      await (await client)?.connection.close();
      await (await ledger)?.close();
    },
  };
}

/** `release/<model>/<version>` of either form. Throws `SeatrialError` USAGE. */
function releaseId(text: string): string {
  const name = parseRelease(text);
  if (name) return releaseWorkflowId(name.model, name.version);
  throw new SeatrialError(
    'USAGE',
    `${JSON.stringify(text)} is not a release. Write MODEL/VERSION, such as flight-delays/v1.`,
  );
}

/** A stream of the ledger: a release's own, the two that stand beside it, or a model's. Throws `SeatrialError` USAGE. */
function streamName(text: string): string {
  if (/^model\/[^/]+$/.test(text)) return text;
  const [, beside, release] = /^(viewed|reproduced)\/(.+)$/.exec(text) ?? [];
  if (release === undefined) return releaseId(text);
  return (beside === 'viewed' ? accessStream : reproductionStream)(releaseId(release));
}
