import type { Envelope } from '../../../contracts/report.ts';
import { loadChart } from '../charts/load.ts';
import { robustnessChart, type RobustnessCurve } from '../charts/robustness.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface SyntheticDetails {
  readonly curves: Readonly<Record<string, RobustnessCurve>>;
  readonly load: readonly { readonly concurrency: number; readonly envelope: Envelope }[];
  readonly parameters: {
    readonly quality: { readonly metric: string; readonly floor: number };
    readonly load: { readonly latencyMs: number };
  };
}

/** How quality bends, and how latency grows with the callers. */
export function syntheticCharts(facts: StageFacts): readonly Chart[] {
  const { curves = {}, load = [], parameters } = detailsOf<SyntheticDetails>(facts);
  if (parameters === undefined) return [];
  return [
    ...(Object.keys(curves).length === 0 ? [] : [robustnessChart(curves, parameters.quality)]),
    ...(load.length === 0 ? [] : [loadChart(load, parameters.load.latencyMs)]),
  ];
}
