import { createAssembly, type Assembly } from './assembly.ts';
import type { ClosedWindow } from './closed-window.ts';
import { emptyHistory, remember, type VersionHistory } from './history.ts';
import type { MonitorInput, Watched } from './input.ts';
import { newsKey, type PartitionNews } from './partial-window.ts';
import type { WindowJudge } from './window-judge.ts';

const MOST_EARLY = 1_000;

const subjectOf = (news: PartitionNews): { model: string; version: string } =>
  news.type === 'partial' ? news.partial : news.standing;

/** What the judging side takes; other inputs change nothing. */
export type AssemblyInput = Extract<MonitorInput, { type: 'restored' | 'watch' | 'news' }>;

/** A fold: what partitions say goes in, judged windows come out. Of all models that are watched. */
export interface Assemblies {
  apply(input: AssemblyInput): readonly ClosedWindow[];
  /** Shares of windows that wait for other partitions. */
  readonly waiting: number;
}

/** `partitions`: all that the topic has. */
export function createAssemblies(partitions: readonly number[], judge: WindowJudge): Assemblies {
  const histories = new Map<string, VersionHistory>();
  const models = new Map<string, { watched: Watched; readonly assembly: Assembly }>();
  /** News of versions that others watch already, or still. The oldest are let go; a restart has them again from the log. */
  const early = new Map<string, PartitionNews>();

  function historyOf(model: string, version: string): VersionHistory {
    const key = `${model}/${version}`;
    const found = histories.get(key) ?? emptyHistory();
    histories.set(key, found);
    return found;
  }

  function watch(model: string, watched: Watched | null): readonly ClosedWindow[] {
    const before = models.get(model);
    if (before !== undefined && watched !== null) {
      const { version, settings } = before.watched;
      if (version === watched.version && settings.windowHours === watched.settings.windowHours) {
        before.watched = watched;
        before.assembly.rewatch(watched);
        return [];
      }
    }
    if (before !== undefined) historyOf(model, before.watched.version).awaiting.clear();
    models.delete(model);
    if (watched === null) return [];
    const history = historyOf(model, watched.version);
    const assembly = createAssembly({ model, watched, partitions, history, judge });
    models.set(model, { watched, assembly });
    for (const [key, news] of early) {
      const of = subjectOf(news);
      if (of.model !== model || of.version !== watched.version) continue;
      early.delete(key);
      assembly.take(news);
    }
    return assembly.close();
  }

  function hear(news: PartitionNews): readonly ClosedWindow[] {
    const { model, version } = subjectOf(news);
    const known = models.get(model);
    if (known?.watched.version === version) {
      known.assembly.take(news);
      return known.assembly.close();
    }
    const key = newsKey(news);
    early.delete(key);
    early.set(key, news);
    if (early.size > MOST_EARLY) early.delete(early.keys().next().value!);
    return [];
  }

  return {
    apply(input) {
      switch (input.type) {
        case 'restored':
          remember(historyOf(input.closed.model, input.closed.version), input.closed);
          return [];
        case 'watch':
          return watch(input.model, input.watched);
        case 'news':
          return input.news.type === 'progress' ? [] : hear(input.news);
      }
    },
    get waiting() {
      return [...models.values()].reduce((sum, { assembly }) => sum + assembly.waiting, 0);
    },
  };
}
