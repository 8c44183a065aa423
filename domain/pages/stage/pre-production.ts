import type { RollbackFacts } from '../../incidents/index.ts';
import { dotChart } from '../charts/dots.ts';
import { timeChart, type Time } from '../charts/times.ts';
import type { Chart } from '../page.ts';
import { detailsOf, dotOf, rollbackTime } from './details.ts';
import { layersChart } from './layers.ts';
import type { StageFacts } from './stage-page.ts';

interface PreProductionDetails {
  readonly restarted: { readonly seconds: number };
  readonly noticed: readonly (readonly [string, { readonly alertSeconds: number | null }])[];
  readonly rollback: RollbackFacts;
  readonly parameters: {
    readonly maxLost: number;
    readonly budgets?: Readonly<Record<string, number>>;
    readonly restartSeconds: number;
    readonly alertSeconds: number;
  };
}

/** What the worst day cost: requests lost, time in each layer, and seconds until all was well again. */
export function preProductionCharts(facts: StageFacts): readonly Chart[] {
  const { restarted, noticed = [], rollback, parameters } = detailsOf<PreProductionDetails>(facts);
  const { metrics } = facts.report;
  const lost = (['peak', 'region-loss', 'restart'] as const).flatMap((phase) =>
    dotOf(metrics, `${phase}-lost-share`, phase, parameters?.maxLost, 100),
  );
  const regionBack = metrics['region-loss-recovery-seconds']?.value;
  const allowed = parameters?.restartSeconds ?? null;
  const times: Time[] = [
    ...(regionBack === undefined ? [] : [{ what: 'lost region back', seconds: regionBack, limit: allowed }]),
    ...(restarted === undefined
      ? []
      : [{ what: 'slowest restart', seconds: restarted.seconds, limit: allowed }]),
    ...noticed.map(([alert, { alertSeconds }]) => ({
      what: `alert ${alert}`,
      seconds: alertSeconds,
      limit: parameters?.alertSeconds ?? null,
    })),
    ...rollbackTime(rollback, facts.plan),
  ];
  return [
    ...(lost.length === 0
      ? []
      : [
          dotChart({
            title: 'Requests lost',
            description:
              'The share of requests without an answer at twice the peak, while a region was lost, and while every region was restarted. The line is the 95 % interval, the red tick what is allowed.',
            of: 'phase',
            measure: 'requests lost, %',
            limit: 'allowed',
            dots: lost,
          }),
        ]),
    ...layersChart(facts, parameters?.budgets),
    ...(times.length === 0
      ? []
      : [
          timeChart({
            title: 'Seconds until all was well',
            description: 'How long each took; what is allowed stands with the numbers.',
            times,
          }),
        ]),
  ];
}
