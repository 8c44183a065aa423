import type { RestoreWatchInput, WatchInput } from '../contracts/activities.ts';
import { encodeEvent } from '../contracts/cloudevents.ts';
import { releaseWorkflowId } from '../contracts/ids.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { eventTypes } from '../contracts/live-events.ts';
import { topics } from '../contracts/topics.ts';
import type { WatchSet } from '../contracts/watch.ts';
import type { ReleaseEvent } from '../domain/release/index.ts';
import { fold, referenceProfile } from '../domain/release/index.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';
import { readPlan } from './plan.ts';

type Watching = Pick<ActivityContext, 'log' | 'evidence' | 'ledger'>;

/** What releases tell the monitor: which version is watched, and against what. */
export function watchActivities(context: Watching): {
  setWatch: (input: WatchInput) => Promise<void>;
  restoreWatch: (input: RestoreWatchInput) => Promise<void>;
} {
  return {
    async setWatch(input) {
      if (await publishWatch(context, input)) return;
      throw failure('PlanInvalid', `the plan of ${input.model} ${input.version} has no watch settings`);
    },

    async restoreWatch({ model, version }) {
      const before = version === null ? undefined : await watchOf(context, model, version);
      if (before && (await publishWatch(context, before))) return;
      // Better unwatched than held against the profile of a version that is gone.
      await publish(context, model, { key: Buffer.from(model), value: null, headers: {} });
    },
  };
}

/** False when the plan asks for no watch. */
async function publishWatch(context: Watching, input: WatchInput): Promise<boolean> {
  const { model, version, planRef, profile } = input;
  const { watch } = await readPlan(context.evidence, planRef);
  if (!watch) return false;
  const release = releaseWorkflowId(model, version);
  const data: WatchSet = { model, version, release, profile, settings: watch };
  const event = encodeEvent({
    id: `${release}/watch`,
    source: '/seatrial/releases',
    type: eventTypes.watch,
    time: new Date().toISOString(),
    subject: `models/${model}/versions/${version}`,
    partitionkey: model,
    data,
  });
  await publish(context, model, event);
  return true;
}

async function publish(
  { log }: Watching,
  model: string,
  record: Parameters<Watching['log']['publish']>[1][number],
): Promise<void> {
  try {
    await log.publish(topics.watch, [record]);
  } catch (error) {
    throw failure('LogUnavailable', `the watch of ${model} could not be written to ${topics.watch}`, error);
  }
}

/** What a version was held against when it served, as its own ledger has it; undefined when it never was. */
async function watchOf(
  { ledger }: Watching,
  model: string,
  version: string,
): Promise<WatchInput | undefined> {
  const stream = releaseWorkflowId(model, version);
  const entries = await ledger.read(stream).catch((error: unknown) => {
    throw failure('LedgerUnavailable', `the ledger of ${stream} could not be read`, error);
  });
  const state = fold(
    entries as readonly Pick<LedgerEntry, 'type' | 'data' | 'at'>[] as readonly ReleaseEvent[],
  );
  const profile = referenceProfile(state);
  return state.planRef === null || profile === undefined
    ? undefined
    : { model, version, planRef: state.planRef, profile };
}
