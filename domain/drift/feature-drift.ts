/** `unresolved`: it could not be measured (too few rows, nothing to compare); never silently "no drift". */
export type DriftVerdict = 'drift' | 'no_drift' | 'unresolved';

/** What a comparison says of one feature. Drift needs both: significance after adjustment, and an effect that matters. */
export interface FeatureDrift {
  readonly feature: string;
  readonly kind: 'numeric' | 'category';
  /** `values`: the distribution of what is there. `missing`: the share of what is not. `output`: the model's answers. */
  readonly aspect: 'values' | 'missing' | 'output';
  readonly referenceRows: number;
  readonly currentRows: number;
  /** The tested statistic by name; null when unresolved. */
  readonly statistic: { readonly name: string; readonly value: number } | null;
  /** How large the change is, and the smallest that counts; null when unresolved. */
  readonly effect: { readonly name: string; readonly value: number; readonly limit: number } | null;
  readonly pValue: number | null;
  /** Benjamini-Hochberg over all measured rows of the same report. */
  readonly adjustedPValue: number | null;
  readonly verdict: DriftVerdict;
  /** One sentence with numbers. */
  readonly reason: string;
  /** Other measures of the same change, by name. */
  readonly measures: Readonly<Record<string, number>>;
}

/** A row before multiple-comparison adjustment. */
export type Measured = Omit<FeatureDrift, 'adjustedPValue' | 'verdict' | 'reason'>;

export interface DecisionOptions {
  /** Share of false alarms among alarms that is tolerated (Benjamini-Hochberg), 0.05 unless told. */
  readonly falseDiscoveryRate?: number;
}
