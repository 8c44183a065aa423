import { detectionChart } from '../charts/detection.ts';
import { driftTimelineChart } from '../charts/drift-timeline.ts';
import { qualityOverTimeChart, type QualityWindow } from '../charts/quality-over-time.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface DriftRehearsalDetails {
  readonly scenarios: Readonly<
    Record<string, { readonly alarmShare: readonly number[]; readonly alarms: readonly (number | null)[] }>
  >;
  readonly later: { readonly windows: readonly QualityWindow[] };
  readonly parameters: {
    readonly before: number;
    readonly after: number;
    readonly quality: { readonly metric: string; readonly floor: number };
  };
}

/** When the watch noticed what was rehearsed, and what later data did to the model. */
export function driftRehearsalCharts(facts: StageFacts): readonly Chart[] {
  const { scenarios = {}, later, parameters } = detailsOf<DriftRehearsalDetails>(facts);
  if (parameters === undefined) return [];
  const all = Object.entries(scenarios).map(([name, one]) => ({ name, ...one }));
  const changing = all.filter(({ alarms }) => alarms.length > 0);
  const seen = later?.windows.filter(({ quality }) => quality !== null) ?? [];
  return [
    ...(changing.length === 0 ? [] : [detectionChart(changing, parameters.after)]),
    ...(all.length === 0 ? [] : [driftTimelineChart(all, parameters.before)]),
    ...(later === undefined || seen.length < 2
      ? []
      : [qualityOverTimeChart(later.windows, parameters.quality)]),
  ];
}
