import { createAssemblies } from './assemblies.ts';
import type { ClosedWindow } from './closed-window.ts';
import { createCollector, type Reading } from './collector.ts';
import type { MonitorInput } from './input.ts';
import type { MonitorTiming } from './timing.ts';
import type { WindowJudge } from './window-judge.ts';

export interface MonitorOptions {
  /** All partitions of the topic. Processes that share a model use `createCollector` and `createAssemblies` apart. */
  readonly partitions: readonly number[];
  readonly judge: WindowJudge;
  readonly timing?: Partial<MonitorTiming>;
}

/**
 * A fold: inputs go in one after the other, closed windows come out. It does no input or output and asks no clock, so
 * a rehearsal over simulated data runs the very code that watches production.
 */
export interface Monitor extends Reading {
  /** Records that were applied before, by their offset, change nothing. */
  apply(input: MonitorInput): readonly ClosedWindow[];
}

export function createMonitor({ partitions, judge, timing = {} }: MonitorOptions): Monitor {
  const collector = createCollector({ partitions, timing });
  const assemblies = createAssemblies(partitions, judge);
  return {
    ...collector,
    apply(input) {
      const news = collector.apply(input);
      if (input.type === 'restored' || input.type === 'watch') assemblies.apply(input);
      const closed = news.flatMap((one) => assemblies.apply({ type: 'news', news: one }));
      for (const { model, part, window } of closed) {
        if (part === 'performance') collector.release(model, Date.parse(window.end));
      }
      return closed;
    },
  };
}
