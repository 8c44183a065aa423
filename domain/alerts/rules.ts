import type { AlertName } from '../../contracts/alerts.ts';

/** What one look at one gateway showed. Counters only rise, until its process starts anew. */
export interface Look {
  readonly reachable: boolean;
  readonly healthy: boolean;
  /** Its own words about its health, or why it was not reached. */
  readonly detail: string;
  readonly roundTripMs: number;
  readonly requests: number;
  /** Answered by the declared score although a version had the traffic. */
  readonly fallbacks: number;
  /** Sum of the gateway's own times. */
  readonly secondsSum: number;
  readonly rows: number;
  /** Missing values by input. */
  readonly missing: Readonly<Record<string, number>>;
}

export interface AlertThresholds {
  readonly slowMs: number;
  /** Share of requests. */
  readonly fallbackShare: number;
  /** Share of rows. An input that is often missing in good times stays below it. */
  readonly missingShare: number;
  /** Requests in the window before a share of them means anything. */
  readonly minRequests: number;
}

export const usualThresholds: AlertThresholds = {
  slowMs: 500,
  fallbackShare: 0.1,
  missingShare: 0.95,
  minRequests: 10,
};

/** A condition of one rule: whether it holds now, and the numbers that say so. Unknown when there is too little to say. */
export interface Condition {
  readonly alert: AlertName;
  readonly holds: boolean | 'unknown';
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  readonly summary: string;
}

/** Every rule on the last look, and on what happened since an earlier one of the same process. */
export function conditions(before: Look | undefined, now: Look, limits: AlertThresholds): Condition[] {
  const down: Condition = {
    alert: 'replica-down',
    holds: !now.reachable,
    value: now.reachable ? 1 : 0,
    threshold: 1,
    unit: '1',
    summary: now.reachable ? 'it answers' : `it does not answer: ${now.detail}`,
  };
  if (!now.reachable) return [down];
  const unhealthy: Condition = {
    alert: 'unhealthy',
    holds: !now.healthy,
    value: now.healthy ? 1 : 0,
    threshold: 1,
    unit: '1',
    summary: now.detail,
  };
  // A counter that fell belongs to another process.
  const since =
    before !== undefined && before.reachable && before.requests <= now.requests ? before : undefined;
  const requests = now.requests - (since?.requests ?? now.requests);
  return [down, unhealthy, slow(since, now, requests, limits), ...shares(since, now, requests, limits)];
}

function slow(since: Look | undefined, now: Look, requests: number, limits: AlertThresholds): Condition {
  const own =
    since === undefined || requests < 1 ? 0 : ((now.secondsSum - since.secondsSum) / requests) * 1000;
  const value = Math.max(own, now.roundTripMs);
  return {
    alert: 'slow-answers',
    holds: value > limits.slowMs,
    value,
    threshold: limits.slowMs,
    unit: 'ms',
    summary: `answers take ${value.toFixed(0)} ms (own ${own.toFixed(0)} ms, round trip ${now.roundTripMs.toFixed(0)} ms), ${limits.slowMs} ms are allowed`,
  };
}

function shares(since: Look | undefined, now: Look, requests: number, limits: AlertThresholds): Condition[] {
  const fallbacks = since === undefined ? 0 : now.fallbacks - since.fallbacks;
  const rows = since === undefined ? 0 : now.rows - since.rows;
  const gone = Object.entries(now.missing)
    .map(([input, count]) => ({
      input,
      share: rows === 0 ? 0 : (count - (since?.missing[input] ?? 0)) / rows,
    }))
    .filter(({ share }) => share >= limits.missingShare);
  const worst = gone.reduce((most, { share }) => Math.max(most, share), 0);
  return [
    {
      alert: 'fallback-answers',
      holds: requests < limits.minRequests ? 'unknown' : fallbacks / requests >= limits.fallbackShare,
      value: requests === 0 ? 0 : fallbacks / requests,
      threshold: limits.fallbackShare,
      unit: '1',
      summary: `${fallbacks} of ${requests} requests were answered by the declared score in the model's place`,
    },
    {
      alert: 'missing-inputs',
      holds: rows < limits.minRequests ? 'unknown' : gone.length > 0,
      value: worst,
      threshold: limits.missingShare,
      unit: '1',
      summary: `${gone.length === 0 ? 'no input' : gone.map(({ input }) => input).join(', ')} is missing in ${limits.missingShare * 100} % or more of ${rows} rows`,
    },
  ];
}
