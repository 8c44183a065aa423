import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { asNumber } from '../plan/index.ts';
import { wilsonInterval } from '../statistics/proportion.ts';

/** One call that was made while a fault was on. */
export interface Call {
  /** Who gave the answer: the model, the gateway or the caller by the declared score, or nobody. */
  readonly by: 'model' | 'gateway' | 'caller' | 'nobody';
  readonly milliseconds: number;
  /** The model must answer this one: the fault did not touch it, or is one that a model bears. */
  readonly mustAnswer: boolean;
  /** An answer was taken that is not the model's answer to this request. */
  readonly wrong: boolean;
  /** Why the model's answer was not had. */
  readonly why?: string;
}

/** What a caller saw of one fault. Small, because it is kept for a resumed attempt. */
export interface Exposure {
  readonly calls: number;
  readonly answeredBy: Readonly<Record<Call['by'], number>>;
  /** Calls with an answer, of the model or declared, within the deadline. */
  readonly available: number;
  readonly wrong: number;
  readonly mustAnswer: number;
  /** Of `mustAnswer`, those that the model did not answer. */
  readonly spread: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** From the fault's end until the model answered again, several times in a row; null when it did not in time. */
  readonly recoverySeconds: number | null;
  /** The serving process was the same after the fault as before. */
  readonly alive: boolean;
  /** First reasons why the model's answer was not had, and how often. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface Limits {
  readonly minAvailability: number;
  readonly maxSpread: number;
  readonly recoverySeconds: number;
}

const REASONS = 5;

export function exposureOf(
  calls: readonly Call[],
  deadlineMs: number,
  after: Pick<Exposure, 'recoverySeconds' | 'alive'>,
): Exposure {
  const answeredBy = { model: 0, gateway: 0, caller: 0, nobody: 0 };
  const reasons: Record<string, number> = {};
  for (const { by, why } of calls) {
    answeredBy[by]++;
    if (why !== undefined && (why in reasons || Object.keys(reasons).length < REASONS))
      reasons[why] = (reasons[why] ?? 0) + 1;
  }
  const must = calls.filter(({ mustAnswer }) => mustAnswer);
  const latencies = calls.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    calls: calls.length,
    answeredBy,
    available: calls.filter(
      ({ by, milliseconds, wrong }) => by !== 'nobody' && !wrong && milliseconds <= deadlineMs,
    ).length,
    wrong: calls.filter(({ wrong }) => wrong).length,
    mustAnswer: must.length,
    spread: must.filter(({ by }) => by !== 'model').length,
    latencyMs: { p50: at(latencies, 0.5), p95: at(latencies, 0.95), p99: at(latencies, 0.99) },
    ...after,
    reasons,
  };
}

/** Nearest rank; 0 of nothing. */
function at(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** The metrics of one fault, named `<fault>-...`. `limitSeconds` stands for a recovery that was not seen, which is longer. */
export function exposureMetrics(fault: string, exposure: Exposure, limitSeconds: number): Metrics {
  const { calls, available, answeredBy, latencyMs, recoverySeconds } = exposure;
  const back = { [`${fault}-recovery-seconds`]: { value: recoverySeconds ?? limitSeconds, unit: 's' } };
  if (calls === 0) return back;
  const share = (count: number) => {
    const { estimate, lower, upper } = wilsonInterval(count, calls);
    return { value: estimate, unit: '1', samples: calls, lower, upper };
  };
  return {
    [`${fault}-availability`]: share(available),
    [`${fault}-fallback-share`]: share(answeredBy.gateway + answeredBy.caller),
    [`${fault}-latency-p99`]: { value: latencyMs.p99, unit: 'ms', samples: calls },
    ...back,
  };
}

/** One blocking check a fault: it fails when any promise is broken, and names each that is. */
export function judgeExposure(
  fault: string,
  exposure: Exposure,
  { minAvailability, maxSpread, recoverySeconds: objective }: Limits,
): CheckResult {
  const { calls, available, wrong, mustAnswer, spread, recoverySeconds, alive, answeredBy } = exposure;
  const first = Object.entries(exposure.reasons)[0];
  const because = first === undefined ? '' : ` (${first[1]} times: ${first[0]})`;
  const broken: string[] = [];
  if (!alive) broken.push('the serving process ended');
  if (!(available >= minAvailability * calls)) {
    broken.push(
      `${available} of ${calls} calls had a usable answer in time, and ${asNumber(minAvailability * 100)} % are asked${because}`,
    );
  }
  if (wrong > 0) broken.push(`${wrong} of ${calls} calls took an answer that was not theirs`);
  if (!(spread <= maxSpread * mustAnswer)) {
    broken.push(
      `the model did not answer ${spread} of the ${mustAnswer} calls that it must, at most ${asNumber(maxSpread * 100)} % may be lost${because}`,
    );
  }
  if (recoverySeconds === null || !(recoverySeconds <= objective)) {
    broken.push(
      recoverySeconds === null
        ? `the model had not come back ${asNumber(objective)} s after the fault ended`
        : `the model came back after ${asNumber(recoverySeconds)} s, and ${asNumber(objective)} s are the objective`,
    );
  }
  const declared = answeredBy.gateway + answeredBy.caller;
  const well = `${available} of ${calls} calls had a usable answer in time, ${declared} of them the declared one; back after ${asNumber(recoverySeconds ?? 0)} s`;
  return {
    name: fault,
    metric: `${fault}-availability`,
    severity: 'blocking',
    verdict: broken.length === 0 ? 'pass' : 'fail',
    reason: broken.length === 0 ? well : broken.join('; '),
  };
}
