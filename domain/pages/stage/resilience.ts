import type { Exposure } from '../../resilience/index.ts';
import { availabilityChart } from '../charts/availability.ts';
import { dotChart } from '../charts/dots.ts';
import { timeChart } from '../charts/times.ts';
import type { Chart } from '../page.ts';
import { detailsOf, dotOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface ResilienceDetails {
  readonly faults: Readonly<Record<string, { readonly exposure: Exposure }>>;
  readonly objectiveSeconds: number;
  readonly parameters: { readonly minAvailability?: number };
}

/** What callers met under each fault, and how soon it was over. */
export function resilienceCharts(facts: StageFacts): readonly Chart[] {
  const { faults = {}, objectiveSeconds = null, parameters } = detailsOf<ResilienceDetails>(facts);
  const exposures = Object.entries(faults).map(([name, { exposure }]) => [name, exposure] as const);
  if (exposures.length === 0) return [];
  const asked = parameters?.minAvailability;
  const dots = exposures.flatMap(([name]) =>
    dotOf(facts.report.metrics, `${name}-availability`, name, asked, 100),
  );
  return [
    availabilityChart(Object.fromEntries(exposures)),
    ...(dots.length === 0
      ? []
      : [
          dotChart({
            title: 'Availability by fault',
            description: `Calls with a usable answer in time, of the model or the declared one. The line is the 95 % interval${asked === undefined ? '' : `; the red tick is what is asked, ${asked * 100} %`}.`,
            of: 'fault',
            measure: 'available calls, %',
            limit: 'asked',
            zero: false,
            dots,
          }),
        ]),
    timeChart({
      title: 'Recovery by fault',
      description: `From the end of the fault until the model answered again.${objectiveSeconds === null ? '' : ` ${objectiveSeconds} s are the objective.`}`,
      times: exposures.map(([name, { recoverySeconds }]) => ({
        what: name,
        seconds: recoverySeconds,
        limit: objectiveSeconds,
      })),
    }),
  ];
}
