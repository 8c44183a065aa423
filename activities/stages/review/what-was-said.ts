import { LedgerUnavailable } from '../../../adapters/ledger/index.ts';
import { modelWorkflowId, releaseWorkflowId, retrainingWorkflowId } from '../../../contracts/ids.ts';
import type { LedgerEntry } from '../../../contracts/ledger.ts';
import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { Report } from '../../../contracts/report.ts';
import type { Predicted } from '../../../domain/review/index.ts';
import type { ActivityContext } from '../../context.ts';
import { failure } from '../../failure.ts';

/** The ledgers of a release, of its model, and of the retraining that it came from. */
export interface Said {
  readonly release: readonly LedgerEntry[];
  readonly model: readonly LedgerEntry[];
  readonly retraining: readonly LedgerEntry[];
}

/** Throws `LedgerUnavailable`, also when the ledger, which follows the work, has not heard of the promotion yet. */
export async function readSaid({ ledger }: Pick<ActivityContext, 'ledger'>, plan: Plan): Promise<Said> {
  const { model, version } = plan;
  const decision = plan.lineage?.['decision'];
  try {
    const release = await ledger.read(releaseWorkflowId(model, version));
    if (!release.some(({ type }) => type === 'VersionPromoted'))
      throw failure('LedgerUnavailable', 'the ledger does not know of the promotion yet');
    return {
      release,
      model: await ledger.read(modelWorkflowId(model)),
      retraining:
        typeof decision === 'string' ? await ledger.read(retrainingWorkflowId(model, decision)) : [],
    };
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw failure('LedgerUnavailable', error.message, error);
    throw error;
  }
}

/** The last report of each stage, by the stage's name in the plan. */
export function reportsIn(release: readonly LedgerEntry[]): ReadonlyMap<string, Report> {
  const reports = new Map<string, Report>();
  for (const { type, data } of release) {
    // Our own workflow appended it, so its type says what it holds.
    const report = type === 'StageFinished' ? (data['report'] as unknown as Report) : undefined;
    if (report) reports.set(report.stage, report);
  }
  return reports;
}

/** A metric as the first of these stages said it that said it at all. */
export function predictedBy(
  reports: ReadonlyMap<string, Report>,
  stages: readonly string[],
  metric: string,
): Predicted | null {
  for (const from of stages) {
    const found = reports.get(from)?.metrics[metric];
    if (found && Number.isFinite(found.value)) return { ...found, from };
  }
  return null;
}

/** Seconds for which gates of this release were open, all together. */
export function gateSeconds(release: readonly LedgerEntry[]): number {
  let opened: number | null = null;
  let seconds = 0;
  for (const { type, at } of release) {
    if (type === 'GateOpened') opened = Date.parse(at);
    if ((type === 'GateApproved' || type === 'GateRejected') && opened !== null) {
      seconds += (Date.parse(at) - opened) / 1000;
      opened = null;
    }
  }
  return seconds;
}

/** Bytes of the evidence that the release's stages and gates left, each file once. */
export function evidenceBytes(release: readonly LedgerEntry[]): number {
  const files = new Map<string, number>();
  const add = ({ sha256, bytes }: EvidenceRef): void => void files.set(sha256, bytes);
  for (const { type, data } of release) {
    if (type === 'StageFinished' || type === 'CanaryStepFinished')
      (data['report'] as unknown as Report).evidence.forEach(add);
    if (type === 'GateOpened') add(data['evidence'] as unknown as EvidenceRef);
  }
  return [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Incidents of a version, in words. */
export function incidentsOf(model: readonly LedgerEntry[], version: string): string[] {
  return model.flatMap(({ type, data }) =>
    type === 'IncidentRaised' && data['version'] === version ? [String(data['headline'])] : [],
  );
}

/** CloudEvents ids of the drift events of a version that its model has heard. */
export function heardDrift(model: readonly LedgerEntry[], version: string): ReadonlySet<string> {
  const ids = model.flatMap(({ type, data }) =>
    type === 'DriftReceived'
      ? (data['outcomes'] as unknown as readonly { id: string; version?: string }[])
      : [],
  );
  return new Set(ids.filter((one) => (one.version ?? version) === version).map(({ id }) => id));
}

/** Seconds of the training that made this version; null where no retraining of ours did. */
export function trainingSeconds(retraining: readonly LedgerEntry[]): number | null {
  const trained = retraining.find(({ type }) => type === 'ModelTrained');
  const seconds = trained?.data['seconds'];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : null;
}
