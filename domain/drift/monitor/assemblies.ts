import { createAssembly, type Assembly } from './assembly.ts';
import type { ClosedWindow } from './closed-window.ts';
import { emptyHistory, remember, type VersionHistory } from './history.ts';
import type { MonitorInput, Watched } from './input.ts';
import type { WindowJudge } from './window-judge.ts';

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

  function historyOf(model: string, version: string): VersionHistory {
    const key = `${model}/${version}`;
    const found = histories.get(key) ?? emptyHistory();
    histories.set(key, found);
    return found;
  }

  function watch(model: string, watched: Watched | null): void {
    const before = models.get(model);
    if (before !== undefined && watched !== null) {
      const { version, settings } = before.watched;
      if (version === watched.version && settings.windowHours === watched.settings.windowHours) {
        before.watched = watched;
        before.assembly.rewatch(watched);
        return;
      }
    }
    if (before !== undefined) historyOf(model, before.watched.version).awaiting.clear();
    models.delete(model);
    if (watched === null) return;
    const history = historyOf(model, watched.version);
    models.set(model, { watched, assembly: createAssembly({ model, watched, partitions, history, judge }) });
  }

  return {
    apply(input) {
      switch (input.type) {
        case 'restored':
          remember(historyOf(input.closed.model, input.closed.version), input.closed);
          return [];
        case 'watch':
          watch(input.model, input.watched);
          return [];
        case 'news': {
          const { news } = input;
          const assembly = models.get(
            news.type === 'partial' ? news.partial.model : news.standing.model,
          )?.assembly;
          assembly?.take(news);
          return assembly?.close() ?? [];
        }
      }
    },
    get waiting() {
      return [...models.values()].reduce((sum, { assembly }) => sum + assembly.waiting, 0);
    },
  };
}
