import type { SliceDisagreement } from '../../shadow/index.ts';
import { dotChart, type Dot } from '../charts/dots.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import { layersChart } from './layers.ts';
import type { StageFacts } from './stage-page.ts';

interface ShadowDetails {
  readonly champion: { readonly version: string; readonly declared: boolean };
  readonly comparison: { readonly slices: readonly SliceDisagreement[] };
  readonly parameters: {
    readonly maxSliceFlipRate: number;
    readonly budgets?: Readonly<Record<string, number>>;
  };
}

const MOST_SLICES = 14;

/** Where it would have decided otherwise, and where its time went. */
export function shadowCharts(facts: StageFacts): readonly Chart[] {
  const { champion, comparison, parameters } = detailsOf<ShadowDetails>(facts);
  const slices = comparison?.slices ?? [];
  const by = (of: (one: SliceDisagreement) => number) =>
    [...slices].sort((a, b) => of(b) - of(a)).slice(0, MOST_SLICES);
  // Beside a declared answer no limit is held: disagreement is what a model is for.
  const limit = champion?.declared === true ? undefined : parameters?.maxSliceFlipRate;
  const whom =
    champion?.declared === true ? 'the declared answer' : `the champion ${champion?.version ?? ''}`;
  const dots = (of: 'flips' | 'shift', factor: number, some: readonly SliceDisagreement[]): Dot[] =>
    some.map(({ column, value, [of]: { estimate, lower, upper } }) => ({
      label: `${column} ${value}`,
      value: estimate * factor,
      lower: lower * factor,
      upper: upper * factor,
      ...(limit === undefined || of === 'shift' ? {} : { limit: limit * factor }),
    }));
  return [
    ...(slices.length === 0
      ? []
      : [
          dotChart({
            title: 'Decided otherwise, by slice',
            description: `The share of requests that it would decide otherwise than ${whom}, in the slices where it differs most. The lines hold for all slices at once, by 95 %.`,
            of: 'slice',
            measure: 'requests decided otherwise, %',
            dots: dots(
              'flips',
              100,
              by(({ flips }) => flips.estimate),
            ),
          }),
          dotChart({
            title: 'Shift of the score, by slice',
            description: `The mean of its score less that of ${whom}, in the slices where it differs most. The lines hold for all slices at once, by 95 %.`,
            of: 'slice',
            measure: 'score less the other score',
            dots: dots(
              'shift',
              1,
              by(({ shift }) => Math.abs(shift.estimate)),
            ),
          }),
        ]),
    ...layersChart(facts, parameters?.budgets),
  ];
}
