import { modelWorkflowId, releaseWorkflowId } from '../../contracts/ids.ts';
import { danglingOf } from './dangling.ts';
import { driftLines } from './drift-lines.ts';
import type { Books, Lineage, ReleaseLine, RetrainingLine } from './lineage.ts';
import { releaseLine } from './release-line.ts';
import { retrainingLine } from './retraining-line.ts';
import { modelOf } from './streams.ts';

/** The lineage that a model's books hold; what they lack is named in `dangling`. */
export function lineageOf(books: Books, model: string): Lineage {
  const streams = [...books.keys()].filter((stream) => modelOf(stream) === model);
  const releases = streams.flatMap((stream): ReleaseLine[] => {
    const line = stream.startsWith('release/') ? releaseLine(books, stream) : undefined;
    return line ? [line] : [];
  });
  const retrainings = streams.flatMap((stream): RetrainingLine[] => {
    const line = stream.startsWith('retraining/') ? retrainingLine(books, stream) : undefined;
    return line ? [line] : [];
  });
  const named = new Set(retrainings.flatMap(({ driftEvents }) => driftEvents));
  const driftEvents = driftLines(books, modelWorkflowId(model)).filter(({ id }) => named.has(id));
  const found = {
    releases: releases.sort(inTime),
    retrainings: retrainings.sort(inTime),
    driftEvents,
  };
  return { schema: 1, model, ...found, dangling: danglingOf(books, model, found) };
}

/** Releases whose retraining, or the version that drifted before it, is not in this lineage: where its trees begin. */
export function roots({ releases, retrainings }: Lineage): ReleaseLine[] {
  const versions = new Set(releases.map(({ version }) => version));
  const known = new Set(
    retrainings.flatMap(({ retraining, version }) => (versions.has(version) ? [retraining] : [])),
  );
  return releases.filter(({ cameFrom }) => cameFrom === null || !known.has(cameFrom));
}

/** Retrainings that a version led to. */
export function ledTo({ retrainings, model }: Lineage, release: string): RetrainingLine[] {
  return retrainings.filter(({ version }) => releaseWorkflowId(model, version) === release);
}

function inTime(a: { readonly at: string }, b: { readonly at: string }): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}
