import type { Exposure } from '../../resilience/index.ts';
import { availabilityChart } from '../charts/availability.ts';
import { robustnessChart, type RobustnessCurve } from '../charts/robustness.ts';
import type { Chart } from '../page.ts';
import type { StageFacts } from './stage-page.ts';

type Draw = (facts: StageFacts) => readonly Chart[];

/** Documents beside the report that the charts of a stage are made of. */
export const chartDocuments: Readonly<Record<string, readonly string[]>> = {
  governance: ['fairness-audit.json'],
};

/**
 * The charts of a stage, from its report and its evidence. Empty for a stage that we do not know, and for one that ended before it saw
 * anything.
 */
export function stageCharts(facts: StageFacts): readonly Chart[] {
  return draws[facts.activity]?.(facts) ?? [];
}

const draws: Readonly<Record<string, Draw>> = {
  synthetic: ({ details }) => {
    const { curves, parameters } = details as Partial<SyntheticDetails>;
    if (curves === undefined || parameters === undefined || Object.keys(curves).length === 0) return [];
    return [robustnessChart(curves, parameters.quality)];
  },
  resilience: ({ details }) => {
    const { faults = {} } = details as { faults?: Readonly<Record<string, { exposure: Exposure }>> };
    const exposures = Object.entries(faults).map(([name, { exposure }]) => [name, exposure] as const);
    return exposures.length === 0 ? [] : [availabilityChart(Object.fromEntries(exposures))];
  },
};

interface SyntheticDetails {
  readonly curves: Readonly<Record<string, RobustnessCurve>>;
  readonly parameters: { readonly quality: { readonly metric: string; readonly floor: number } };
}
