import type { Severity } from '../../contracts/live-events.ts';
import type { Watched } from '../drift/monitor/index.ts';
import { createRandom } from '../statistics/random.ts';
import { driftRun, falseAlarmsOf, type DriftRun, type FalseAlarms, type TrueQuality } from './outcome.ts';
import { blocksOf, drawWindow, type PoolRow } from './pool.ts';
import { intensitiesOf, type ScenarioName, type ScenarioSettings } from './scenario.ts';
import { watchRun } from './watch-run.ts';

/** Rows as they are at one intensity of the change, scored by the model. */
export interface Level {
  readonly intensity: number;
  readonly rows: readonly PoolRow[];
  /** How much worse the model is on them than on unchanged rows, 0 or more, and whether that breaks its floor. */
  readonly loss: number;
  readonly broken: boolean;
}

export interface RehearseInput {
  readonly scenario: ScenarioName;
  readonly settings: ScenarioSettings;
  /** From intensity 0 upwards. */
  readonly levels: readonly Level[];
  readonly watched: Watched;
  readonly minSeverity: Severity;
  readonly runs: number;
  readonly rowsPerWindow: number | null;
  readonly blockHours: number;
  readonly seed: number;
}

export interface Rehearsed {
  readonly drift: readonly DriftRun[];
  /** Of the windows before the change; of all in the scenario `calm`. */
  readonly calm: readonly FalseAlarms[];
  /** By window: share of the runs in which an alarm was announced. */
  readonly alarmShare: readonly number[];
  /** Kinds of drift that raised the first alarm, with their runs. */
  readonly firstKinds: Readonly<Record<string, number>>;
  /** Share of all findings that could not be judged. */
  readonly unresolvedShare: number;
}

/** Plays one scenario many times to the monitor that will watch production. Pure and seeded. */
export function rehearse(input: RehearseInput, onShare: (share: number) => void): Rehearsed {
  const { scenario, settings, levels, watched, runs, seed } = input;
  const wanted = intensitiesOf(scenario, settings).map((intensity) => nearest(levels, intensity));
  const truth: TrueQuality = {
    loss: wanted.map((level) => levels[level]!.loss),
    broken: wanted.map((level) => levels[level]!.broken),
  };
  const blocks = levels.map(({ rows }) => blocksOf(rows, input.blockHours));
  const length = watched.settings.windowHours * 3_600_000;
  const latest = levels[0]!.rows.reduce((most, { at }) => Math.max(most, at), 0);
  const start = Math.ceil(latest / length) * length;
  const span = { start, windows: wanted.length, minSeverity: input.minSeverity };
  const tally = newTally(wanted.length);
  for (let run = 0; run < runs; run++) {
    // A stream of its own for each run, so that more runs do not change the first ones.
    const random = createRandom(seed * 100_003 + run);
    const rows = wanted.flatMap((level, window) => {
      const from = start + window * length;
      return drawWindow(blocks[level]!, from, from + length, input.rowsPerWindow, random);
    });
    const windows = watchRun(rows, watched, span);
    tally.add(windows);
    if (scenario !== 'calm') tally.drift.push(driftRun(windows, settings.before, truth));
    const undrifted = scenario === 'calm' ? windows : windows.slice(0, settings.before);
    tally.calm.push(falseAlarmsOf(undrifted));
    onShare((run + 1) / runs);
  }
  return tally.result();
}

function nearest(levels: readonly Level[], intensity: number): number {
  let best = 0;
  levels.forEach((level, i) => {
    if (Math.abs(level.intensity - intensity) < Math.abs(levels[best]!.intensity - intensity)) best = i;
  });
  return best;
}

/** What is counted over the runs of one scenario. */
export function newTally(windows: number) {
  const drift: DriftRun[] = [];
  const calm: FalseAlarms[] = [];
  const alarms = new Array<number>(windows).fill(0);
  const firstKinds: Record<string, number> = {};
  let [runs, unresolved, findings] = [0, 0, 0];
  return {
    drift,
    calm,
    add(seen: ReturnType<typeof watchRun>): void {
      runs++;
      seen.forEach((window, i) => {
        if (window.detected.length > 0) alarms[i]!++;
        unresolved += window.unresolved;
        findings += window.findings;
      });
      const first = seen.find(({ detected }) => detected.length > 0);
      for (const kind of first?.detected ?? []) firstKinds[kind] = (firstKinds[kind] ?? 0) + 1;
    },
    result: (): Rehearsed => ({
      drift,
      calm,
      alarmShare: alarms.map((count) => count / Math.max(1, runs)),
      firstKinds,
      unresolvedShare: findings === 0 ? 1 : unresolved / findings,
    }),
  };
}
