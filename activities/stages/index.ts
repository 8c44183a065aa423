import { shardActivityName } from '../../contracts/activities.ts';
import type { ShardActivity, StageActivity } from '../../contracts/activities.ts';
import type { ActivityContext } from '../context.ts';
import { withPage } from '../pages/with-page.ts';
import { driftRehearsal } from './drift-rehearsal.ts';
import { governance } from './governance.ts';
import { incidentDrill } from './incident-drill.ts';
import { intake } from './intake.ts';
import { noop } from './noop.ts';
import { preProduction } from './pre-production.ts';
import { resilience } from './resilience.ts';
import { review } from './review.ts';
import { sandbox } from './sandbox.ts';
import { sandboxShard } from './sandbox-shard.ts';
import { synthetic } from './synthetic.ts';
import { shadow } from './shadow.ts';

export { driftRehearsal } from './drift-rehearsal.ts';
export { governance } from './governance.ts';
export { incidentDrill } from './incident-drill.ts';
export { intake } from './intake.ts';
export { preProduction } from './pre-production.ts';
export { resilience } from './resilience.ts';
export { review } from './review.ts';
export { sandbox } from './sandbox.ts';
export { sandboxShard } from './sandbox-shard.ts';
export { synthetic } from './synthetic.ts';
export { shadow } from './shadow.ts';
export type { StageProgress } from './progress.ts';

/** The validation stages that our own workers do, by the names that plans give them. Each ends with its page for people. */
export function stageActivities(context: ActivityContext): Record<string, StageActivity> {
  const stages: Record<string, StageActivity> = {
    intake: intake(context),
    sandbox: sandbox(context),
    synthetic: synthetic(context),
    resilience: resilience(context),
    'drift-rehearsal': driftRehearsal(context),
    governance: governance(context),
    'incident-drill': incidentDrill(context),
    shadow: shadow(context),
    'pre-production': preProduction(context),
    review: review(context),
  };
  const paged = Object.entries(stages).map(
    ([name, stage]) => [name, withPage(context, name, stage)] as const,
  );
  return { ...Object.fromEntries(paged), noop };
}

/** Shares of the stages that can be split. */
export function shardActivities(context: ActivityContext): Record<string, ShardActivity> {
  return { [shardActivityName('sandbox')]: sandboxShard(context) };
}
