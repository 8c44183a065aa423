import { LedgerUnavailable } from '../../../adapters/ledger/index.ts';
import { releaseWorkflowId } from '../../../contracts/ids.ts';
import type { StageInput } from '../../../contracts/activities.ts';
import type { Report } from '../../../contracts/report.ts';
import type { ActivityContext } from '../../context.ts';
import { failure } from '../../failure.ts';

/**
 * Reports of this release's stages so far, in order, the last one of each stage: from the ledger, because what was not
 * recorded cannot be shown to anybody later. Throws `LedgerUnavailable`.
 */
export async function earlierReports(
  { ledger }: Pick<ActivityContext, 'ledger'>,
  { model, version }: Pick<StageInput, 'model' | 'version'>,
): Promise<readonly Report[]> {
  try {
    const entries = await ledger.read(releaseWorkflowId(model, version));
    const last = new Map<string, Report>();
    for (const { type, data } of entries) {
      if (type !== 'StageFinished') continue;
      // Our own workflow appended it, so its type says what it holds.
      const report = data['report'] as unknown as Report;
      last.delete(report.stage);
      last.set(report.stage, report);
    }
    return [...last.values()];
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw failure('LedgerUnavailable', error.message, error);
    throw error;
  }
}
