/** How a change goes on over the windows. `calm` has none. */
export const scenarios = ['calm', 'sudden', 'gradual', 'seasonal', 'recurring'] as const;
export type ScenarioName = (typeof scenarios)[number];

export interface ScenarioSettings {
  /** Windows in which nothing has changed yet, and those from the change on. */
  readonly before: number;
  readonly after: number;
  /** Windows of one season. */
  readonly season: number;
  /** Windows that a recurring change stays, and is gone. */
  readonly recurs: number;
}

/** Intensity by window, 0 to 1. */
export function intensitiesOf(
  name: ScenarioName,
  { before, after, season, recurs }: ScenarioSettings,
): number[] {
  return Array.from({ length: before + after }, (_, window) => {
    const since = window - before;
    if (since < 0) return 0;
    switch (name) {
      case 'calm':
        return 0;
      case 'sudden':
        return 1;
      case 'gradual':
        return (since + 1) / after;
      case 'seasonal':
        // Begins at its mildest, and is at its worst half a season later.
        return (1 - Math.cos((2 * Math.PI * (since + 1)) / season)) / 2;
      case 'recurring':
        return Math.floor(since / recurs) % 2 === 0 ? 1 : 0;
    }
  });
}
