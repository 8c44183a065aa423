import { createRandom } from '../../domain/statistics/random.ts';
import { planOf } from '../../domain/judge/config.ts';
import type { Plan } from '../../domain/judge/config.ts';
import { provenSafe } from '../../domain/judge/evidence.ts';
import { absorbBin } from '../../domain/judge/fold.ts';
import { initialState } from '../../domain/judge/state.ts';
import type { Watcher } from './rivals.ts';
import { newMinute, reusableBin, worldOf } from './worlds.ts';
import type { WorldName, WorldOptions } from './worlds.ts';

export interface Scenario extends Omit<WorldOptions, 'random'> {
  world: WorldName | 'sticky';
  releases: number;
  looks: number;
  seed: number;
}

export interface Outcome {
  releases: number;
  /** Releases that were aborted (or promoted) within the looks. */
  stopped: number;
  /** Minutes until then; null when fewer than half were. */
  median: number | null;
}

/** The plan of one metric, as the bench and its guards use it: margin 20 % of the baseline, all defaults. */
export function standardPlan(
  kind: 'rate' | 'amount',
  margin: { absolute: number } | { relative: number } = { relative: 0.2 },
): Plan {
  return planOf({ metrics: [{ name: 'harm', kind, harmful: 'increase', margin }], historyPoints: 0 });
}

/** Runs a rule over many releases of one world and counts its aborts. */
export function simulateAborts(scenario: Scenario, rule: () => Watcher): Outcome {
  const random = createRandom(scenario.seed);
  const begin = worldOf(scenario.world, { ...scenario, random });
  const minute = newMinute();
  const times: number[] = [];
  for (let release = 0; release < scenario.releases; release++) {
    const world = begin();
    const watch = rule();
    for (let t = 0; t < scenario.looks; t++) {
      world(t, minute);
      if (watch(t, minute)) {
        times.push(t + 1);
        break;
      }
    }
  }
  return outcomeOf(scenario.releases, times);
}

/** Minutes until the proof of safety; at harm = margin every one of them is wrong. */
export function simulateProofs(scenario: Scenario, plan: Plan): Outcome {
  const random = createRandom(scenario.seed);
  const begin = worldOf(scenario.world, { ...scenario, random });
  const test = plan.tests[0]!;
  const { bin, write } = reusableBin(test.metric, test.kind === 'rate' ? 'rate' : 'amount');
  const minute = newMinute();
  const times: number[] = [];
  for (let release = 0; release < scenario.releases; release++) {
    const world = begin();
    const state = initialState(plan);
    for (let t = 0; t < scenario.looks; t++) {
      world(t, minute);
      write(t, minute);
      absorbBin(plan, state, bin);
      if (state.binsWithTraffic >= plan.exposure.bins && provenSafe(test, state.tests[0]!, plan.burnIn)) {
        times.push(t + 1);
        break;
      }
    }
  }
  return outcomeOf(scenario.releases, times);
}

export function outcomeOf(releases: number, times: number[]): Outcome {
  times.sort((a, b) => a - b);
  return { releases, stopped: times.length, median: times[Math.ceil(releases / 2) - 1] ?? null };
}
