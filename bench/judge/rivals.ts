import { kayentaJudge } from '../../domain/judge/kayenta.ts';
import { absorbBin } from '../../domain/judge/fold.ts';
import type { Plan } from '../../domain/judge/config.ts';
import { logMixture, mixtureScale } from '../../domain/judge/mixture.ts';
import { initialState } from '../../domain/judge/state.ts';
import { FAST_GRID, logMean, tilt } from '../../domain/judge/tilt.ts';
import { reusableBin } from './worlds.ts';
import type { Minute } from './worlds.ts';

/** Watches one release: told each minute, says whether it aborts now. */
export type Watcher = (t: number, minute: Minute) => boolean;

/** The judge of this project. */
export function ourJudge(plan: Plan, kind: 'rate' | 'amount'): () => Watcher {
  const { bin, write } = reusableBin(plan.tests[0]!.metric, kind);
  return () => {
    const state = initialState(plan);
    return (t, minute) => {
      write(t, minute);
      absorbBin(plan, state, bin);
      return state.decision !== null;
    };
  };
}

/** Errors over the last five minutes above a fixed share, looked at every five; aborts at the fourth breach (limit 3). */
export function fixedRule(limit: number): () => Watcher {
  return () => {
    let [x, n, breaches] = [0, 0, 0];
    return (t, { canary }) => {
      x += canary.x;
      n += canary.n;
      if ((t + 1) % 5 !== 0) return false;
      if (n > 0 && x / n > limit) breaches++;
      [x, n] = [0, 0];
      return breaches > 3;
    };
  };
}

/** A one-sided z-test of pooled proportions at 5 %, looked at every minute. */
export function zTest(): () => Watcher {
  return () => {
    let [xc, nc, xb, nb] = [0, 0, 0, 0];
    return (t, { canary, baseline }) => {
      xc += canary.x;
      nc += canary.n;
      xb += baseline.x;
      nb += baseline.n;
      if (nc === 0 || nb === 0) return false;
      const p = (xc + xb) / (nc + nb);
      const deviation = Math.sqrt(p * (1 - p) * (1 / nc + 1 / nb));
      return deviation > 0 && (xc / nc - xb / nb) / deviation > 1.6448536269514722;
    };
  };
}

/** Kayenta's judge every hour on all minutes so far. */
export function kayentaHourly(): () => Watcher {
  return () => {
    const [canary, baseline]: [number[], number[]] = [[], []];
    return (t, minute) => {
      canary.push(minute.canary.n === 0 ? NaN : minute.canary.x / minute.canary.n);
      baseline.push(minute.baseline.n === 0 ? NaN : minute.baseline.x / minute.baseline.n);
      if ((t + 1) % 60 !== 0) return false;
      const { metrics } = kayentaJudge([{ name: 'errors', canary, baseline, direction: 'increase' }]);
      return metrics[0]!.classification === 'High';
    };
  };
}

/** The count e-process alone, against equal rates: right only while events come one by one. */
export function countsAlone(alpha: number): () => Watcher {
  return () => {
    const logs = FAST_GRID.map(() => 0);
    return (_t, { canary, baseline }) => {
      if (canary.n === 0 || baseline.n === 0) return false;
      tilt(logs, FAST_GRID, canary.x, canary.x + baseline.x, canary.n / (canary.n + baseline.n));
      return logMean(logs) >= Math.log(1 / alpha);
    };
  };
}

/** What the judge would be without one of its three safeguards. Each is shown to break, by tests and by the bench. */
export type Undone = 'stratification' | 'empirical-variance' | 'single-process' | 'bin-widening';

/**
 * The slow path by hand, with one safeguard taken out: counts pooled over all bins instead of compared within them,
 * binomial variance instead of the measured one, a new process every `step` minutes, or one-minute bins whatever their
 * correlation.
 */
export function naiveJudge(undone: Undone, alpha: number, step = 60): () => Watcher {
  return () => {
    let [k, s, q, binomial, rho] = [0, 0, 0, 0, 0];
    let [xc, nc, xb, nb] = [0, 0, 0, 0];
    return (t, { canary, baseline }) => {
      if (undone === 'single-process' && t % step === 0) [k, s, q, binomial, rho] = [0, 0, 0, 0, 0];
      if (canary.n === 0 || baseline.n === 0) return false;
      const w = (canary.n * baseline.n) / (canary.n + baseline.n);
      const d = w * (canary.x / canary.n - baseline.x / baseline.n);
      const p = (canary.x + baseline.x) / (canary.n + baseline.n);
      xc += canary.x;
      nc += canary.n;
      xb += baseline.x;
      nb += baseline.n;
      k++;
      s += d;
      q += d * d;
      binomial += w * p * (1 - p);
      if (undone === 'stratification') s = ((nc * nb) / (nc + nb)) * (xc / nc - xb / nb);
      const variance =
        undone === 'empirical-variance' || undone === 'stratification' ? binomial : q - (s * s) / k;
      if (k < 30) return false;
      if (rho === 0) rho = mixtureScale(2.5 * variance, alpha);
      return logMixture(s, variance, k, rho) >= Math.log(1 / alpha);
    };
  };
}
