import type { Metric, Metrics } from '../../contracts/report.ts';
import { asCount, withUnit } from '../plan/index.ts';
import { comparison, type Comparison, type Predicted } from './comparison.ts';
import { lossOf, samplesNeeded, type Better } from './loss.ts';

const better: Readonly<Record<string, Better>> = {
  auc: 'higher',
  'log-loss': 'lower',
  brier: 'lower',
  'calibration-error': 'lower',
};

/**
 * Each quality metric of production against its prediction: a `fail` when the loss is proven to be larger than the margin, a `pass`
 * when it is proven to be smaller, and `inconclusive` between the two.
 */
export function compareQuality(
  predicted: Readonly<Record<string, Predicted>>,
  observed: Metrics,
  margins: Readonly<Record<string, number>>,
): Comparison[] {
  return Object.entries(margins).map(([metric, margin]) => {
    const before = predicted[metric] ?? null;
    const now = observed[metric] ?? null;
    const severity = metric === 'calibration-error' ? 'warning' : 'blocking';
    const parts = { predicted: before, observed: now, severity } as const;
    const name = `${metric}-as-predicted`;
    if (before === null)
      return comparison(name, metric, {
        ...parts,
        severity: 'warning',
        verdict: 'inconclusive',
        reason: `no stage predicted ${metric}: the sandbox was left out`,
      });
    if (now === null)
      return comparison(name, metric, {
        ...parts,
        verdict: 'inconclusive',
        reason: `${metric} was not measured in production: labels of both classes are needed`,
      });
    return comparison(name, metric, { ...parts, ...judge(metric, before, now, margin) });
  });
}

function judge(
  metric: string,
  predicted: Predicted,
  observed: Metric,
  margin: number,
): { verdict: 'pass' | 'fail' | 'inconclusive'; reason: string } {
  const way = better[metric] ?? 'lower';
  const loss = lossOf(predicted, observed, way);
  const { unit } = observed;
  const said = `${withUnit(observed.value, unit)} on ${asCount(observed.samples ?? 0)} labelled predictions, ${withUnit(predicted.value, unit)} predicted by ${predicted.from}: ${loss.estimate > 0 ? 'worse' : 'better'} by ${withUnit(Math.abs(loss.estimate), unit)} (a loss between ${withUnit(loss.lower, unit)} and ${withUnit(loss.upper, unit)})`;
  if (![loss.lower, loss.upper].every(Number.isFinite))
    return { verdict: 'inconclusive', reason: `${said}, which is no number` };
  if (loss.lower > margin)
    return { verdict: 'fail', reason: `${said}, and at most ${withUnit(margin, unit)} was foreseen` };
  if (loss.upper <= margin)
    return { verdict: 'pass', reason: `${said}, and ${withUnit(margin, unit)} was allowed for` };
  const needed = samplesNeeded(predicted, observed, way, margin);
  const more =
    needed === null
      ? 'no number of predictions would show it, as the prediction itself is too uncertain or the loss too near'
      : `about ${asCount(needed)} labelled predictions would show it`;
  return {
    verdict: 'inconclusive',
    reason: `${said}; whether that is within ${withUnit(margin, unit)} is open: ${more}`,
  };
}
