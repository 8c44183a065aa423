import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingActivities } from '../../contracts/activities.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import { Table } from '../table.ts';
import { runCommand } from './command.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inScratch } from './scratch.ts';

const DAY_MS = 86_400_000;
const NAME = 'training-data.parquet';

/** Runs the data command for the window before the drift window's end, and keeps the file that it writes. */
export function materialiseData(context: ActivityContext): TrainingActivities['materialiseData'] {
  return ({ windowEnd, retraining }) =>
    withHeartbeats('data', () =>
      inScratch(context.scratchDir, async (dir) => {
        const { trainer, windowDays } = retraining;
        const end = Date.parse(windowEnd);
        if (!Number.isFinite(end) || !(windowDays > 0)) {
          throw failure('PlanInvalid', `"${windowEnd}" less ${windowDays} days is no window of time`);
        }
        const [from, to] = [new Date(end - windowDays * DAY_MS), new Date(end)].map((at) => at.toISOString());
        if (from === undefined || to === undefined) throw new Error('a window has two ends');
        const out = join(dir, NAME);
        await runCommand({
          argv: [...trainer.dataCommand, '--from', from, '--to', to, '--out', out],
          cwd: trainer.cwd,
        });
        const isThere = await stat(out).then(
          (found) => found.isFile(),
          () => false,
        );
        if (!isThere) {
          throw failure(
            'TrainingFailed',
            `${trainer.dataCommand.join(' ')} ended well and did not write the file that --out names`,
          );
        }
        const rows = await Table.open(out, 'the file of the data command', (table) => table.count());
        if (rows === 0) throw failure('DataUnreadable', `there are no rows from ${from} to ${to}`);
        const label = { name: NAME, mediaType: 'application/vnd.apache.parquet' };
        const data = await evidenceFailures('the training data', () => context.evidence.putFile(out, label));
        return { data, from, to, rows };
      }),
    );
}
