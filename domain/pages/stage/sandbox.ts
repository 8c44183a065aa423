import { dotChart } from '../charts/dots.ts';
import { reliabilityChart, type ReliabilityBin } from '../charts/reliability.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface SandboxDetails {
  readonly quality: {
    readonly reliability?: readonly ReliabilityBin[];
    readonly slices?: readonly {
      readonly column: string;
      readonly value: string;
      readonly judged: boolean;
      readonly logLoss: { readonly estimate: number; readonly lower: number; readonly upper: number };
    }[];
  };
}

const MOST_SLICES = 16;

/** Are the chances what they say, and in which slices is it worst? */
export function sandboxCharts(facts: StageFacts): readonly Chart[] {
  const { reliability = [], slices = [] } = detailsOf<SandboxDetails>(facts).quality ?? {};
  const judged = slices.filter((one) => one.judged).sort((a, b) => b.logLoss.estimate - a.logLoss.estimate);
  const shown = judged.slice(0, MOST_SLICES);
  const others = judged.length - shown.length;
  return [
    ...(reliability.length === 0 ? [] : [reliabilityChart(reliability)]),
    ...(shown.length === 0
      ? []
      : [
          dotChart({
            title: 'Log-loss by slice, worst first',
            description: `A dot is the slice's log-loss, its line the 95 % interval; lower is better.${others > 0 ? ` ${others} better slices are not drawn.` : ''}`,
            of: 'slice',
            measure: 'log-loss, nats',
            zero: false,
            dots: shown.map(({ column, value, logLoss: { estimate, lower, upper } }) => ({
              label: `${column} ${value}`,
              value: estimate,
              lower,
              upper,
            })),
          }),
        ]),
  ];
}
