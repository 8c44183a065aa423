import { asNumber, withUnit } from '../plan/index.ts';
import { comparison, type Comparison, type Predicted } from './comparison.ts';

/** What something cost: observed, or why that is not known. */
export type Cost = { readonly value: number } | { readonly notMeasured: string };

export interface CostLine {
  readonly metric: 'training-seconds' | 'cpu-seconds-per-thousand' | 'gate-hours' | 'evidence-mib';
  readonly unit: string;
  readonly observed: Cost;
  readonly predicted: Predicted | null;
  /** Largest value that was foreseen; null where nothing was. */
  readonly most: number | null;
}

/** What was paid for the version: machine time of training and serving, people's time at gates, room for evidence. */
export function compareCost(lines: readonly CostLine[]): Comparison[] {
  return lines.map(({ metric, unit, observed, predicted, most }) => {
    const name = `${metric}-as-predicted`;
    const parts = { predicted, severity: 'warning' } as const;
    if ('notMeasured' in observed || !Number.isFinite(observed.value)) {
      const why = 'notMeasured' in observed ? observed.notMeasured : 'it is no number';
      return comparison(name, metric, {
        ...parts,
        observed: null,
        verdict: 'inconclusive',
        reason: `not measured: ${why}`,
      });
    }
    const { value } = observed;
    const before =
      predicted === null ? '' : `, ${withUnit(predicted.value, unit)} predicted by ${predicted.from}`;
    const said = `${withUnit(value, unit)}${before}`;
    if (most === null)
      return comparison(name, metric, {
        ...parts,
        observed: { value, unit },
        verdict: 'inconclusive',
        reason: `${said}; nothing foresaw it`,
      });
    return comparison(name, metric, {
      ...parts,
      observed: { value, unit },
      verdict: value <= most ? 'pass' : 'fail',
      reason: `${said}; at most ${asNumber(most)} ${unit} was foreseen`,
    });
  });
}
