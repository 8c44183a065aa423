import type { RetrainingGuard } from '../../contracts/plan.ts';

/** What the comparison of new data and new model with the champion's measured; null where it could not be. */
export interface GuardMeasurements {
  /** Largest population stability index of a feature, and which. */
  readonly psi: { readonly feature: string; readonly value: number } | null;
  /** Share of positive labels of the champion's labelled rows, and of the new training data. */
  readonly labelRate: { readonly champion: number; readonly training: number } | null;
  /** Share of rows that are exact copies of others. */
  readonly duplicates: number | null;
  /** Share of labels that the model's own decisions made; null where no column says. */
  readonly ownDecisions: number | null;
  /** Log-loss on the trusted rows in nats a row; null without such rows. */
  readonly trusted: { readonly champion: number; readonly challenger: number; readonly rows: number } | null;
}

/** What breaches the guard, in words; empty when nothing. A number that is not finite breaches: it shows nothing. */
export function guardBreaches(guard: RetrainingGuard, measured: GuardMeasurements): string[] {
  const { psi, labelRate, duplicates, ownDecisions, trusted } = measured;
  const rules: [what: string, value: number | null, limit: number | undefined][] = [
    [`stability index of ${psi?.feature ?? ''}`, psi?.value ?? null, guard.maxPsi],
    [
      `label rate ${number(labelRate?.champion)} became ${number(labelRate?.training)}: change`,
      labelRate && Math.abs(labelRate.training - labelRate.champion),
      guard.maxLabelRateChange,
    ],
    ['share of copied rows', duplicates, guard.maxDuplicateShare],
    ['share of labels that the model’s own decisions made', ownDecisions, guard.maxOwnDecisionShare],
    [
      `on ${trusted?.rows ?? 0} trusted rows log-loss ${number(trusted?.champion)} became ${number(trusted?.challenger)}: rise`,
      trusted && trusted.challenger - trusted.champion,
      guard.maxTrustedLogLossIncrease,
    ],
  ];
  return rules.flatMap(([what, value, limit]) => {
    if (value === null || limit === undefined || value <= limit) return [];
    return [`${what} ${number(value)} > ${number(limit)}`];
  });
}

const number = (value: number | undefined): string =>
  value === undefined ? '?' : String(Number(value.toFixed(4)));
