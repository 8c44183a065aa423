import { fairnessMeasures, type PublishedAudit, type RateName } from '../../fairness/index.ts';
import { dotChart } from '../charts/dots.ts';
import type { Chart } from '../page.ts';
import { detailsOf, dotOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface GovernanceDetails {
  readonly parameters: {
    readonly fairness: { readonly limits: Readonly<Record<string, { readonly max: number } | undefined>> };
  };
}

const RATES: readonly (readonly [RateName, string])[] = [
  ['selectionRate', 'called positive'],
  ['truePositiveRate', 'positives found'],
  ['falsePositiveRate', 'false alarms'],
];

const MOST_GROUPS = 12;

/** How far apart groups are treated, and what each group meets. */
export function governanceCharts(facts: StageFacts): readonly Chart[] {
  const audits = (facts.documents['fairness-audit.json'] ?? []) as readonly PublishedAudit[];
  return audits.flatMap((audit) => [...gapChart(facts, audit.of), ...ratesChart(audit)]);
}

function gapChart(facts: StageFacts, of: string): Chart[] {
  const limits = detailsOf<GovernanceDetails>(facts).parameters?.fairness.limits ?? {};
  const dots = fairnessMeasures.flatMap((measure) => {
    const name = `${measure}-${of.replaceAll(' & ', '-by-')}`;
    return dotOf(facts.report.metrics, name, measure, limits[measure]?.max, 100);
  });
  if (dots.length === 0) return [];
  return [
    dotChart({
      title: `Largest difference between groups of ${of}`,
      description:
        'A dot is the difference between the two groups that are furthest apart, its line the 95 % interval, the red tick the limit. A measure without a dot could not be measured.',
      of: 'measure',
      measure: 'difference, percentage points',
      dots,
    }),
  ];
}

function ratesChart({ of, rates: { groups }, suppressed }: PublishedAudit): Chart[] {
  const largest = [...groups].sort((a, b) => b.rows - a.rows).slice(0, MOST_GROUPS);
  const dots = RATES.flatMap(([rate, said]) =>
    largest.flatMap(({ group, rates }) => {
      const found = rates[rate];
      if (!found.measurable) return [];
      const { estimate, lower, upper } = found;
      return [{ label: `${said}: ${group}`, value: estimate * 100, lower: lower * 100, upper: upper * 100 }];
    }),
  );
  if (dots.length === 0) return [];
  const hidden =
    suppressed.groups > 0
      ? ` Nothing is told of ${suppressed.groups} groups of fewer than ${suppressed.fewerThanRows} rows.`
      : '';
  const left = groups.length - largest.length;
  return [
    dotChart({
      title: `Rates by group of ${of}`,
      description: `What share of each group is called positive, of its positives found, and of its negatives called positive by mistake, with 95 % intervals.${left > 0 ? ` The ${left} smallest groups are not drawn.` : ''}${hidden}`,
      of: 'rate and group',
      measure: '%',
      dots,
    }),
  ];
}
