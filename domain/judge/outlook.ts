import type { Plan, Test } from './config.ts';
import { currentSeries, slowLevel } from './evidence.ts';
import { asHarm } from './format.ts';
import { roughnessOf } from './roughness.ts';
import { GUARD_TUNE, PROOF_TUNE, safetyVariance, varianceAt } from './series.ts';
import { logMixture, mixtureScale } from './mixture.ts';
import type { Series } from './series.ts';
import type { TestState } from './state.ts';
import type { Exposure, MetricVerdict } from './verdict.ts';

/** Looks no further than this many blocks ahead. */
const HORIZON = 1e6;

/** What would change a metric's state and when, if effect, traffic and variance stay as they are. One sentence. */
export function outlook(
  plan: Plan,
  test: Test,
  state: TestState,
  metric: MetricVerdict,
  exposure: Exposure,
  gap: number,
): string {
  if (metric.state === 'harmful') return 'Nothing in this try: a guard once lost stays lost.';
  if (metric.effect === null) return 'rows in both arms within the same bin';
  if (metric.state === 'unmeasured') {
    return `the arms miss different shares of their rows, ${(100 * gap).toFixed(1)} points apart; at most ${(100 * plan.missingGap).toFixed(1)} are accepted`;
  }
  const current = currentSeries(state, plan.burnIn);
  if (current === undefined) {
    const s = state.widths[0]!;
    if (s.blocks < plan.burnIn) return `A bound needs ${plan.burnIn - s.blocks} more bins.`;
    return 'A bound needs more bins: neighbouring bins correlate, so wider ones are being gathered.';
  }
  const { series } = current;
  const minutesABlock = exposure.minutes / series.blocks;
  if (metric.state === 'safe') {
    return `A harm that rises so that its bound passes ${asHarm(metric, metric.margin)}.`;
  }
  const fail = blocksUntil(series, test.tolerance, 1, slowLevel(test));
  const prove = blocksUntil(series, test.margin, -1, test.proofAlpha, roughnessOf(state.roughness));
  const say = (blocks: number, what: string): string =>
    `${what} in about ${Math.ceil((blocks - series.blocks) * minutesABlock)} more minutes if the harm stays ${asHarm(metric, metric.effect)}.`;
  if (prove !== null && (fail === null || prove <= fail)) return say(prove, 'Proven safe');
  if (fail !== null) return say(fail, 'Proven harmful');
  return 'More traffic, or a wider margin: at this effect neither safety nor harm will be proven.';
}

/** Blocks in all until the evidence suffices, or null. `direction` +1 proves harm above m, -1 safety below m. */
function blocksUntil(s: Series, m: number, direction: 1 | -1, level: number, roughness = 1): number | null {
  const step = (direction * (s.a - m * s.b)) / s.blocks;
  if (!(step > 0)) return null;
  const variance = (direction < 0 ? safetyVariance(s, m, roughness) : varianceAt(s, m)) / s.blocks;
  const scale = direction > 0 ? GUARD_TUNE * s.guardScale : PROOF_TUNE * s.proofScale;
  const rho = mixtureScale(scale, level);
  const enough = (n: number): boolean => logMixture(n * step, n * variance, n, rho) >= Math.log(1 / level);
  if (!enough(HORIZON)) return null;
  let [low, high] = [s.blocks, HORIZON];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
