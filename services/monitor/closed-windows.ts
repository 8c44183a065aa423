import type { ClosedWindow } from '../../domain/drift/monitor/index.ts';

/** The latest closed windows of each model, for people who ask. The whole truth is in the evidence store. */
export interface ClosedWindows {
  add(closed: ClosedWindow): void;
  /** Oldest first; of all models when none is named. */
  list(model?: string): ClosedWindow[];
  models(): string[];
}

export function createClosedWindows(perModel = 500): ClosedWindows {
  const byModel = new Map<string, ClosedWindow[]>();
  return {
    add(closed) {
      const windows = byModel.get(closed.model) ?? [];
      windows.push(closed);
      if (windows.length > perModel) windows.shift();
      byModel.set(closed.model, windows);
    },
    list: (model) => (model === undefined ? [...byModel.values()].flat() : [...(byModel.get(model) ?? [])]),
    models: () => [...byModel.keys()],
  };
}
