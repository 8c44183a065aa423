import { basisOf } from './basis.ts';
import type { ClosedWindow, Finding, WindowCounts } from './closed-window.ts';
import { mergeDataSummaries } from './data-summary.ts';
import { isoOf } from './event-time.ts';
import { unresolved } from './finding.ts';
import { announce, remember, type VersionHistory } from './history.ts';
import type { Watched } from './input.ts';
import type { PartialWindow, PartitionNews, Standing } from './partial-window.ts';
import { mergeTruthSummaries } from './truth-summary.ts';
import type { WindowJudge } from './window-judge.ts';

type Part<P extends PartialWindow['part']> = Extract<PartialWindow, { part: P }>;

export interface AssemblyOptions {
  readonly model: string;
  readonly watched: Watched;
  /** All partitions of the topic: a window is whole when each of them has said its share. */
  readonly partitions: readonly number[];
  /** Changed in place as windows close. */
  readonly history: VersionHistory;
  readonly judge: WindowJudge;
}

/**
 * Adds up what the partitions say of one watched version, and judges each window once, when all of them have said their
 * share. Who read which partition, and in which order the shares come, changes nothing.
 */
export interface Assembly {
  rewatch(watched: Watched): void;
  /** The same news a second time, and news of windows that were judged, change nothing. */
  take(news: PartitionNews): void;
  /** Judges what is whole, oldest first: an alarm counts windows in a row. */
  close(): ClosedWindow[];
  /** Shares that wait for others. */
  readonly waiting: number;
}

export function createAssembly({ model, partitions, history, judge, ...given }: AssemblyOptions): Assembly {
  let { watched } = given;
  const parts = {
    data: new Map<number, Map<number, Part<'data'>>>(),
    performance: new Map<number, Map<number, Part<'performance'>>>(),
  };
  const standings = new Map<number, Standing>();
  let moved = false;

  function take(news: PartitionNews): void {
    if (news.type === 'standing') {
      const { standing } = news;
      if (standing.version !== watched.version) return;
      standings.set(standing.partition, standing);
      moved = true;
      return;
    }
    const { partial } = news;
    const end = Date.parse(partial.window.end);
    if (partial.version !== watched.version) return;
    if (end <= (partial.part === 'data' ? history.closedThrough : history.finishedThrough)) return;
    const shares: Map<number, Map<number, PartialWindow>> = parts[partial.part];
    const start = Date.parse(partial.window.start);
    const window = shares.get(start) ?? new Map<number, PartialWindow>();
    window.set(partial.partition, partial);
    shares.set(start, window);
    moved = true;
  }

  const reached = (of: (standing: Standing) => number | null): number => {
    let least = Infinity;
    for (const partition of partitions) {
      const standing = standings.get(partition);
      least = Math.min(least, (standing && of(standing)) ?? -Infinity);
    }
    return least;
  };

  function close(): ClosedWindow[] {
    if (!moved) return [];
    moved = false;
    const closedThrough = reached((standing) => standing.closedThrough);
    const finishedThrough = reached((standing) => standing.finishedThrough);
    const closed: ClosedWindow[] = [];
    const starts = [...new Set([...parts.data.keys(), ...parts.performance.keys()])].sort((a, b) => a - b);
    for (const start of starts) {
      const data = parts.data.get(start);
      if (data !== undefined && endOf(data) <= closedThrough) {
        parts.data.delete(start);
        closed.push(closeData(sharesOf(data)));
      }
      const truth = parts.performance.get(start);
      if (truth !== undefined && endOf(truth) <= finishedThrough && !parts.data.has(start)) {
        parts.performance.delete(start);
        closed.push(closePerformance(sharesOf(truth)));
      }
    }
    return closed;
  }

  function closeData(shares: readonly Part<'data'>[]): ClosedWindow {
    const through = Object.fromEntries(shares.map((share) => [share.partition, share.through]));
    const findings = judged(shares, ['data', 'prediction', 'quality'], () =>
      judge.data(shares.map(({ summary }) => summary).reduce(mergeDataSummaries), watched),
    );
    return settle({ ...head(shares), part: 'data', counts: sumOf(shares), ...said(findings), through });
  }

  function closePerformance(shares: readonly Part<'performance'>[]): ClosedWindow {
    const whole = shares.map(({ summary }) => summary);
    const findings = judged(shares, ['performance'], () =>
      judge.truth(whole.reduce(mergeTruthSummaries), watched),
    );
    const count = (of: (summary: (typeof whole)[number]) => number): number =>
      whole.reduce((sum, summary) => sum + of(summary), 0);
    const labelled = count((summary) => summary.labelled);
    const labels = {
      labelled,
      unlabelled: count(({ rows }) => rows) - labelled,
      positive: count(({ positives }) => positives),
    };
    // A window that was read again after a restart has only its rows; its other counts are in what was reported.
    const before = history.awaiting.get(Date.parse(shares[0]!.window.start))?.counts;
    const reported = before && { fallback: before.fallback, error: before.error, unscored: before.unscored };
    const counts = { ...sumOf(shares), ...reported };
    return settle({ ...head(shares), part: 'performance', counts, labels, ...said(findings) });
  }

  function judged(
    shares: readonly PartialWindow[],
    kinds: readonly Finding['kind'][],
    judging: () => readonly Finding[],
  ): readonly Finding[] {
    if (shares.every(({ basis }) => basis === basisOf(watched))) return judging();
    const reason =
      'the watch changed while the window was closed: its parts were held against different profiles';
    return kinds.map((kind) => unresolved(kind, reason, sumOf(shares).rows));
  }

  const said = (findings: readonly Finding[]): Pick<ClosedWindow, 'findings'> => ({
    findings: announce(history, findings, watched.settings.persistence),
  });

  const head = ([share]: readonly PartialWindow[]) => ({
    schema: 1 as const,
    model,
    version: watched.version,
    release: watched.release,
    window: { start: isoOf(Date.parse(share!.window.start)), end: share!.window.end },
    profile: watched.profileId,
  });

  function settle(closed: ClosedWindow): ClosedWindow {
    remember(history, closed);
    return closed;
  }

  return {
    rewatch(next) {
      watched = next;
    },
    take,
    close,
    get waiting() {
      return [...parts.data.values(), ...parts.performance.values()].reduce((sum, { size }) => sum + size, 0);
    },
  };
}

const endOf = (shares: ReadonlyMap<number, PartialWindow>): number =>
  Date.parse([...shares.values()][0]!.window.end);

/** By partition, so that nothing depends on who spoke first. */
const sharesOf = <P extends PartialWindow>(shares: ReadonlyMap<number, P>): readonly P[] =>
  [...shares.values()].sort((a, b) => a.partition - b.partition);

function sumOf(shares: readonly PartialWindow[]): WindowCounts {
  const sum = { rows: 0, fallback: 0, error: 0, unscored: 0, duplicates: 0, evicted: 0 };
  for (const { counts } of shares) {
    for (const name of Object.keys(sum) as (keyof WindowCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
