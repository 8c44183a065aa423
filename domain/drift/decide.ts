import { benjaminiHochberg } from '../statistics/multiple.ts';
import type { FeatureDrift, Measured } from './feature-drift.ts';

/** A measured row, or one that could not be measured and says why. */
export type Finding =
  { readonly measured: Measured } | { readonly measured: Measured; readonly because: string };

/** A number for people: four significant digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Adjusts the p-values of everything measured, and gives each row its verdict and its sentence. */
export function decideAll(findings: readonly Finding[], falseDiscoveryRate: number): FeatureDrift[] {
  const tested = findings.filter((finding) => !('because' in finding) && finding.measured.pValue !== null);
  const adjusted =
    tested.length === 0 ? [] : benjaminiHochberg(tested.map(({ measured }) => measured.pValue!));
  const byFinding = new Map(tested.map((finding, i) => [finding, adjusted[i]!]));
  return findings.map((finding) => {
    const { measured } = finding;
    const adjustedPValue = byFinding.get(finding);
    if ('because' in finding || adjustedPValue === undefined || measured.effect === null) {
      const reason = 'because' in finding ? finding.because : 'nothing was measured';
      return { ...measured, adjustedPValue: null, verdict: 'unresolved', reason };
    }
    const { name, value, limit } = measured.effect;
    const significant = adjustedPValue <= falseDiscoveryRate;
    const large = value >= limit;
    const what = `${name} ${short(value)} ${large ? 'reaches' : 'is below'} ${short(limit)}`;
    const how = `adjusted p ${short(adjustedPValue)} ${significant ? 'is at most' : 'is above'} ${short(falseDiscoveryRate)}`;
    return {
      ...measured,
      adjustedPValue,
      verdict: significant && large ? 'drift' : 'no_drift',
      reason: `${what}, ${how}`,
    };
  });
}
