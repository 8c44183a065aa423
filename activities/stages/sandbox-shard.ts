import type { ShardActivity } from '../../contracts/activities.ts';
import { sandboxParameters } from '../../contracts/schemas/sandbox.ts';
import type { ActivityContext } from '../context.ts';
import { readPlan, stageOf } from '../plan.ts';
import { readParameters } from './parameters.ts';
import { validationFile } from './plan-files.ts';
import { Progress } from './progress.ts';
import { addedUp, blocksOf, scoreBlocks, unansweredBlocks, withRows } from './quality-part.ts';
import { inTrial, loadVersion } from './trial.ts';

/** Parts of a shard that a retry need not do again. */
const MOST_PHASES = 10;

/**
 * Asks the model one share of the validation rows, in a serving process of its own, and keeps the sums as evidence. An attempt that
 * follows a lost worker begins behind the last finished tenth. A model that does not load leaves its rows unanswered: the
 * stage itself says why.
 */
export function sandboxShard(context: ActivityContext): ShardActivity {
  return async (input) => {
    const { evidence } = context;
    const plan = await readPlan(evidence, input.planRef);
    const given = readParameters(sandboxParameters, stageOf(plan, input.step));
    const { path } = await validationFile(context, plan);
    const { threshold } = plan.serving;
    const { index, of } = input.shard;
    const part = await inTrial(context, plan, async ({ signature, client, ...trial }) => {
      const loaded = await loadVersion({ ...trial, signature, client }, plan, given.loadSeconds);
      const options = { ...given, path, signature, threshold };
      return withRows(options, async (rows) => {
        const blocks = blocksOf(rows, input.shard);
        const count = Math.max(1, Math.min(MOST_PHASES, blocks.length));
        const phases = Array.from({ length: count }, (_, n) => `rows-${n + 1}-of-${count}`);
        const progress = new Progress(evidence, phases);
        try {
          const parts = [];
          for (const [n, phase] of phases.entries()) {
            const some = blocks.slice(
              Math.floor((n * blocks.length) / count),
              Math.floor(((n + 1) * blocks.length) / count),
            );
            parts.push(
              await progress.phase(phase, () =>
                loaded.loaded
                  ? scoreBlocks(client, options, rows, some, (share) => progress.within(share))
                  : unansweredBlocks(options, rows, some, loaded.reason),
              ),
            );
          }
          return addedUp(parts);
        } finally {
          progress.stop();
        }
      });
    });
    return evidence.put(JSON.stringify(part), {
      name: `sandbox-part-${index + 1}-of-${of}.json`,
      mediaType: 'application/json',
    });
  };
}
