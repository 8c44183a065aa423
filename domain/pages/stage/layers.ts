import { dotChart } from '../charts/dots.ts';
import type { Chart } from '../page.ts';
import { dotOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

/** Latency of network, gateway and model apart, each with its budget in milliseconds. */
export function layersChart(
  { report: { metrics } }: Pick<StageFacts, 'report'>,
  budgets: Readonly<Record<string, number>> | undefined,
): Chart[] {
  const dots = ['network', 'gateway', 'model'].flatMap((layer) =>
    dotOf(metrics, `latency-${layer}-p99`, layer, budgets?.[layer]),
  );
  if (dots.length === 0) return [];
  return [
    dotChart({
      title: 'Latency by layer',
      description:
        'Within what time 99 % of the requests passed each layer. A budget is a red tick; one far beyond what is drawn stands with the numbers.',
      of: 'layer',
      measure: '99 % within, ms',
      limit: 'budget',
      dots,
    }),
  ];
}
