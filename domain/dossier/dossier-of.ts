import { standOf } from '../../contracts/release-view.ts';
import type { Pack, TrainingRecord } from '../governance/index.ts';
import { GENESIS } from '../ledger/index.ts';
import { lineageOf, type Books, type Dangling } from '../lineage/index.ts';
import { modelOf, releaseEvents } from '../lineage/streams.ts';
import { fold, viewOf } from '../release/index.ts';
import { blueprintOf } from './blueprint.ts';
import type { Dossier } from './dossier.ts';
import { filesOf } from './files.ts';
import { governancePart } from './governance-part.ts';
import { originOf } from './origin.ts';
import { storyOf } from './story.ts';
import { trialsOf } from './trials.ts';
import { unknownsOf } from './unknowns.ts';

/** What a dossier is made of besides the ledger. */
export interface DossierSources {
  /** What a regulation asks; none leaves these parts out. */
  readonly packs: readonly Pack[];
  /** What the training command wrote down; null where the plan names no such file. */
  readonly training: TrainingRecord | null;
  /** Texts of the files that `shownDocuments` names, by digest. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that the ledger names and the evidence store does not have. */
  readonly missing: readonly Dangling[];
}

/**
 * The dossier of a release, from the entries of its own stream and of those that lead to it (`unreadStreams`). Undefined when its stream
 * has no beginning.
 */
export function dossierOf(books: Books, release: string, sources: DossierSources): Dossier | undefined {
  const model = modelOf(release);
  const lineage = lineageOf(books, model);
  const line = lineage.releases.find((one) => one.release === release);
  const entries = books.get(release) ?? [];
  const events = releaseEvents(books, release);
  const last = entries.at(-1);
  const state = fold(events);
  const { plan, planRef } = state;
  if (!line || !last || !plan || !planRef) return undefined;
  const view = viewOf(state);
  const trials = trialsOf(plan, state, events);
  const reports = state.steps.flatMap(({ report }) => (report ? [report] : []));
  const timeOf = (type: string): string | null => entries.find((entry) => entry.type === type)?.at ?? null;
  const origin = originOf(lineage, release);
  const own = new Set([release, ...(origin.retraining ? [origin.retraining.retraining] : [])]);
  const known = {
    origin,
    story: storyOf(
      plan,
      events.map((event, index) => ({ ...event, seq: entries[index]?.seq ?? index + 1 })),
    ),
    trials,
    blueprint: blueprintOf(plan, state.steps),
    governance: governancePart({ ...sources, plan, planRef, reports }),
    monitor: line.monitor,
    review: state.review ?? null,
    dangling: [...lineage.dangling.filter(({ from }) => own.has(from)), ...sources.missing],
    times: { asked: line.at, promoted: timeOf('VersionPromoted'), ended: timeOf('ReleaseEnded') },
  };
  return {
    ...{ schema: 1, release, model, version: plan.version, summary: plan.summary, risk: plan.risk },
    ...{ requester: plan.requester, artifact: plan.artifact, plan: planRef },
    ...{ state: standOf(view), headline: view.outcomeReason ?? view.headline },
    ...known,
    files: filesOf(events),
    unknown: unknownsOf(known),
    ledger: {
      stream: release,
      head: last ? { seq: last.seq, hash: last.hash } : GENESIS,
      at: last.at,
    },
  };
}
