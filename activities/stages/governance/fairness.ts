import type { CheckResult, Metrics } from '../../../contracts/report.ts';
import type { GovernanceParameters } from '../../../contracts/schemas/governance.ts';
import {
  adverseImpactRatio,
  auditFairness,
  fairnessMeasures,
  judgeDifference,
  type FairnessAudit,
  type GroupSizes,
} from '../../../domain/fairness/index.ts';
import { Table } from '../../table.ts';
import { MISSING_SLICE } from '../labelled-rows.ts';
import type { DataFile } from '../sample-rows.ts';
import type { ScoredFile } from '../scored-file.ts';

type Limits = GovernanceParameters['fairness'];

export interface FairnessFindings {
  readonly audits: readonly FairnessAudit[];
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
}

/** Ways of grouping, each a list of columns. */
export const groupings = ({ groups }: Limits): readonly (readonly string[])[] =>
  groups.map((one) => (typeof one === 'string' ? [one] : one));

/** One audit for each way of grouping. `learnt`: rows by group in the data that the model learnt from, in the same order. */
export function auditGroups(
  rows: ScoredFile,
  limits: Limits,
  threshold: number,
  learnt: readonly GroupSizes[] | undefined,
): FairnessFindings {
  const audits = groupings(limits).map((columns, i) => {
    const groups = Object.fromEntries(columns.map((name) => [name, rows.columns[name] ?? []]));
    const [only] = columns;
    return auditFairness(
      {
        of: columns.join(' & '),
        labels: rows.labels,
        scores: rows.scores,
        groups: columns.length === 1 && only !== undefined ? (rows.columns[only] ?? []) : groups,
        threshold,
        ...(learnt?.[i] === undefined ? {} : { learnt: learnt[i] }),
      },
      { minimumRows: limits.minimumRows },
    );
  });
  return {
    audits,
    checks: [declared(audits), ...audits.flatMap((audit) => judge(audit, limits))],
    metrics: {
      ...(Object.assign({}, ...audits.map(metricsOf)) as Metrics),
      ...impactRatios(audits, limits.favourable),
    },
  };
}

const metricName = (measure: string, of: string): string => `${measure}-${of.replaceAll(' & ', '-by-')}`;

function judge({ of, measures }: FairnessAudit, { limits }: Limits): CheckResult[] {
  return fairnessMeasures.map((measure) => {
    const name = metricName(measure, of);
    const { max, severity } = limits[measure];
    return { name, metric: name, severity, ...judgeDifference(measures[measure], max) };
  });
}

function metricsOf({ of, measures, rates }: FairnessAudit): Metrics {
  return Object.fromEntries(
    fairnessMeasures.flatMap((measure) => {
      const { difference, lower, upper } = measures[measure];
      if (difference === null || lower === null || upper === null) return [];
      const samples = rates.rows - rates.unknownRows;
      return [[metricName(measure, of), { value: difference, unit: '1', samples, lower, upper }]];
    }),
  );
}

/** Of each way of grouping, and the smallest of all as `adverse-impact-ratio`; not there where no ratio can be made. */
function impactRatios(audits: readonly FairnessAudit[], favourable: Limits['favourable']): Metrics {
  const found = audits.flatMap(({ of, rates }) => {
    const impact = adverseImpactRatio(rates, favourable);
    if (impact === null) return [];
    const { ratio: value, lower, upper } = impact;
    const samples = rates.rows - rates.unknownRows;
    return [
      { name: metricName('adverse-impact-ratio', of), metric: { value, unit: '1', samples, lower, upper } },
    ];
  });
  const [worst] = [...found].sort((a, b) => a.metric.value - b.metric.value);
  const all = worst === undefined ? found : [...found, { ...worst, name: 'adverse-impact-ratio' }];
  return Object.fromEntries(all.map(({ name, metric }) => [name, metric]));
}

/** Where no groups are named, nobody looked; that is shown, and not taken for fairness. */
function declared(audits: readonly FairnessAudit[]): CheckResult {
  return {
    name: 'fairness-groups',
    metric: 'fairness-groups',
    severity: 'warning',
    verdict: audits.length > 0 ? 'pass' : 'fail',
    reason:
      audits.length > 0
        ? `fairness was looked at between groups of ${audits.map(({ of }) => of).join(', ')}`
        : 'the plan names no groups, so nobody looked at fairness; name columns in the parameter fairness.groups',
  };
}

/** Rows by group in a file, for each way of grouping, named as the audit names its groups. */
export async function groupSizesIn(
  { path, what }: DataFile,
  ways: readonly (readonly string[])[],
): Promise<GroupSizes[]> {
  return Table.open(path, what, async (table) => {
    const found: GroupSizes[] = [];
    for (const columns of ways) {
      const cells = (await table.sizes(columns)).map(({ values, rows }): [string, number] => {
        const named = values.map((value) => value ?? MISSING_SLICE);
        const name = columns.length === 1 ? named[0] : named.map((v, i) => `${columns[i]}=${v}`).join(' & ');
        return [name ?? MISSING_SLICE, rows];
      });
      found.push(Object.fromEntries(cells));
    }
    return found;
  });
}
