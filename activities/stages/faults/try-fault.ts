import { randomUUID } from 'node:crypto';
import type { Signature } from '../../../contracts/plan.ts';
import type { FaultName, FaultSettings, NetworkFault } from '../../../contracts/schemas/faults.ts';
import type { ResilienceParameters } from '../../../contracts/schemas/resilience.ts';
import type { EventLog } from '../../../adapters/kafka/index.ts';
import { exposureOf, type Call, type Exposure } from '../../../domain/resilience/index.ts';
import { asCount } from '../../../domain/plan/index.ts';
import { failure } from '../../failure.ts';
import type { FeatureRow } from '../model-client.ts';
import { isAlive } from '../trial.ts';
import { stalledConsumer, type BacklogFacts } from './backlog.ts';
import { malformedRequests, oversizedRequests } from './bad-requests.ts';
import type { ProxyFault } from './fault.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { makeCalls, recovery, type Target } from './load.ts';
import { sendRaw, type RawAnswer, type RawRequest } from './raw-http.ts';

/** What trying one fault showed. Small, because it is kept for a resumed attempt. */
export interface FaultFacts {
  readonly exposure: Exposure;
  /** Bad requests, and those that were answered with anything but a 4xx. */
  readonly refusals?: { readonly asked: number; readonly notRefused: readonly RawAnswer[] };
  readonly backlog?: BacklogFacts;
  /** Mean distance between the model's scores with and without the missing features. */
  readonly scoreShift?: { readonly value: number; readonly calls: number };
}

export interface FaultTrial {
  readonly target: Target;
  readonly proxy: FaultProxy;
  /** The server itself, past the proxy. */
  readonly directUrl: string;
  readonly pid: number;
  readonly model: string;
  readonly signature: Signature;
  readonly log: EventLog;
  readonly given: ResilienceParameters;
  readonly objectiveSeconds: number;
  readonly onShare: (share: number) => void;
}

/** Slowest answer to a bad request; one that takes longer has none. */
const BAD_REQUEST_MS = 10_000;

/** Puts the fault on, makes calls, lifts it, and waits until the model answers again. */
export async function tryFault(trial: FaultTrial, name: FaultName): Promise<FaultFacts> {
  const { proxy, target, given, objectiveSeconds, pid } = trial;
  let made: Omit<FaultFacts, 'exposure'> & { readonly calls: readonly Call[] };
  try {
    made = await underFault(trial, name);
  } finally {
    proxy.set(undefined);
  }
  const recoverySeconds = await recovery(target, name, objectiveSeconds);
  const { calls, ...facts } = made;
  const exposure = exposureOf(calls, given.deadlineMs, { recoverySeconds, alive: isAlive(pid) });
  return { exposure, ...facts };
}

type Made = Omit<FaultFacts, 'exposure'> & { readonly calls: readonly Call[] };

function underFault(trial: FaultTrial, name: FaultName): Promise<Made> {
  const { model, signature, given } = trial;
  switch (name) {
    case 'missing-features':
      return missingFeatures(trial);
    case 'unknown-values':
      return unknownValues(trial);
    case 'malformed':
      return badRequests(trial, name, malformedRequests(model, signature), false);
    case 'oversized':
      // Who refuses before all was sent closes the connection, and the reset may overtake the answer (RFC 9112, 9.6).
      return badRequests(trial, name, oversizedRequests(model, signature), true);
    case 'burst': {
      const { calls } = settingsOf(given.faults, 'burst');
      // A peak above what the model can do is shed to the declared answer: what counts is that all have one, and what comes after.
      return plain(trial, name, calls, calls, () => false);
    }
    case 'backlog':
      return backlog(trial);
    default:
      return networkFault(trial, name);
  }
}

function settingsOf<N extends FaultName>(faults: FaultSettings, name: N): Exclude<FaultSettings[N], false> {
  const settings = faults[name];
  if (settings === false) throw new Error(`the fault ${name} was left out`);
  return settings as Exclude<FaultSettings[N], false>;
}

async function plain(
  { target, onShare }: FaultTrial,
  name: string,
  calls: number,
  concurrency: number,
  mustAnswer: (key: string) => boolean = () => true,
): Promise<Made> {
  return { calls: await makeCalls(target, { name, calls, concurrency, mustAnswer, onShare }) };
}

async function networkFault(
  { proxy, target, given, onShare }: FaultTrial,
  kind: NetworkFault,
): Promise<Made> {
  const fault: ProxyFault = { kind, ...settingsOf(given.faults, kind) };
  proxy.set(fault);
  // A delay well below the caller's patience is no reason for another answer.
  const borne = kind === 'delay' && (fault.ms ?? 0) * 2 <= given.timeoutMs;
  const calls = await makeCalls(target, {
    name: kind,
    calls: given.calls,
    concurrency: given.concurrency,
    mustAnswer: (key) => borne || !proxy.hit(key),
    onShare,
  });
  return { calls };
}

async function missingFeatures({ target, given, signature, onShare }: FaultTrial): Promise<Made> {
  const { sources = Object.fromEntries(signature.inputs.map(({ name }) => [name, [name]])) } = settingsOf(
    given.faults,
    'missing-features',
  );
  const known = new Set(signature.inputs.map(({ name }) => name));
  for (const [source, inputs] of Object.entries(sources)) {
    const unknown = inputs.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw failure(
        'PlanInvalid',
        `the source ${source} names the input ${unknown}, which the model has not`,
      );
  }
  const gone = Object.values(sources);
  const shifts: number[] = [];
  const calls = await makeCalls(target, {
    name: 'missing-features',
    // Every source at least once.
    calls: Math.max(given.calls, gone.length),
    concurrency: given.concurrency,
    rowOf: (row, n) => without(row, gone[n % gone.length] ?? []),
    onOutcome: ({ by, score }, key) => {
      const n = Number(key.slice(key.lastIndexOf('-') + 1));
      const whole = target.scores[n % target.scores.length];
      if (by === 'model' && score !== null && whole !== undefined) shifts.push(Math.abs(score - whole));
    },
    onShare,
  });
  const value = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length;
  return { calls, ...(Number.isFinite(value) ? { scoreShift: { value, calls: shifts.length } } : {}) };
}

function without(row: FeatureRow, names: readonly string[]): FeatureRow {
  return { ...row, ...Object.fromEntries(names.map((name) => [name, null])) };
}

async function unknownValues({ target, given, signature, onShare }: FaultTrial): Promise<Made> {
  const categories = signature.inputs.filter(
    ({ kind, datatype }) => kind === 'category' && datatype === 'BYTES',
  );
  const calls = await makeCalls(target, {
    name: 'unknown-values',
    calls: categories.length === 0 ? 0 : given.calls,
    concurrency: given.concurrency,
    rowOf: (row, n) => {
      const { name = '' } = categories[n % categories.length] ?? {};
      return { ...row, [name]: `never-seen-${n}` };
    },
    onShare,
  });
  return { calls };
}

/** Bad requests among good ones: the bad must be refused, and the good must not notice. */
async function badRequests(
  trial: FaultTrial,
  name: string,
  requests: readonly RawRequest[],
  mayClose: boolean,
): Promise<Made> {
  const { target, directUrl, given } = trial;
  const answers: RawAnswer[] = [];
  const bad = (async () => {
    for (const request of requests) {
      target.signal.throwIfAborted();
      answers.push(await sendRaw(directUrl, request, BAD_REQUEST_MS));
    }
  })();
  const [{ calls }] = await Promise.all([plain(trial, name, given.calls, given.concurrency), bad]);
  const notRefused = answers.filter(
    ({ status, closed }) => !(closed && mayClose) && (status < 400 || status >= 500),
  );
  return { calls, refusals: { asked: requests.length, notRefused } };
}

/** Calls go on while a consumer of their predictions stands still; then it must catch up. */
async function backlog(trial: FaultTrial): Promise<Made> {
  const { target, log, given, onShare } = trial;
  const { stallSeconds, drainSeconds } = settingsOf(given.faults, 'backlog');
  const consumer = await stalledConsumer(log, randomUUID(), target.signal);
  try {
    const calls: Call[] = [];
    const began = performance.now();
    const share = (): number => (performance.now() - began) / (stallSeconds * 1000);
    for (let round = 0; round === 0 || share() < 1; round++) {
      const more = await makeCalls(target, {
        name: `backlog-${asCount(round)}`,
        calls: given.calls,
        concurrency: given.concurrency,
        onOutcome: (_, key) => consumer.add(key),
      });
      calls.push(...more);
      onShare(share());
    }
    return { calls, backlog: await consumer.release(drainSeconds) };
  } finally {
    await consumer.close();
  }
}
