import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import { shadowParameters, type ShadowParameters } from '../../contracts/schemas/shadow.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import { compare, judgeShadow, shadowMetrics } from '../../domain/shadow/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { defineTrialStage } from './define-stage.ts';
import type { Progress } from './progress.ts';
import { arrived, counts } from './shadow/arrival.ts';
import { pairsOf } from './shadow/kept-pairs.ts';
import { latencyFindings } from './shadow/latency.ts';
import { keyedMask, type Mask } from './shadow/mask.ts';
import { Mirror, positionsOf } from './shadow/mirror.ts';
import { championOf, type Champion } from './shadow/production.ts';
import { withoutLeaks } from './shadow/without-leaks.ts';
import { type Findings, notLoaded } from './stage-report.ts';
import { loadVersion, type Trial } from './trial.ts';

const LOOK_MS = 100;

/** Does it agree with the champion on today's traffic, unseen by users? */
export function shadow(context: ActivityContext, maskOf = keyedMask): StageActivity {
  return defineTrialStage(context, {
    parameters: shadowParameters,
    phases: () => ['mirror'],
    run: ({ plan, trial, given, progress }) =>
      beside(context, plan, trial, given, progress, maskOf(trial.signature, given)),
  });
}

async function beside(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  given: ShadowParameters,
  progress: Progress,
  mask: Mask,
): Promise<Findings> {
  const { signature, signal, client } = trial;
  const columns = sliceColumns(signature, given, mask);
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
  const champion = await championOf(context, plan, signal);
  // An attempt after this one begins anew: read later and faster, the same requests would not come as they came.
  const from = await positionsOf(context.log);
  const { model } = plan;
  const { minRequests: requests, maxInFlight } = given;
  const mirror = new Mirror({ log: context.log, model, champion, client, requests, maxInFlight });
  progress.begin('mirror');
  const seconds = await waitFor(mirror, from, given, signal, (share) => progress.within(share));

  const limits = { ...given, threshold: plan.serving.threshold };
  const pairs = pairsOf(mirror.seen, columns, mask);
  const comparison = compare(pairs, columns, limits);
  const latency = latencyFindings(mirror.seen, seconds, given.budgets);
  const enough = pairs.length >= requests * (1 - given.maxDropped - given.maxErrors);
  const judged = enough ? judgeShadow(comparison, limits, champion.declared) : [];
  const findings: Findings = {
    builtIn: [
      ...arrived(mirror, given, seconds),
      ...judged,
      // Of nothing there is no latency; that too little came says so already.
      ...(pairs.length === 0 ? [] : latency.checks),
    ],
    metrics: { ...shadowMetrics(comparison), ...latency.metrics, ...counts(mirror) },
    envelope: latency.envelope,
    details: {
      champion,
      columns,
      comparison,
      masked: mask.fields,
      loadSeconds: loaded.seconds,
      parameters: given,
    },
    headline: headline(champion, pairs.length, comparison),
  };
  return withoutLeaks(context, findings, mirror, signature, mask, given.keepRows);
}

/** Follows production until enough was compared and its labels were waited for, or the time is over. Seconds of requests. */
async function waitFor(
  mirror: Mirror,
  from: Awaited<ReturnType<typeof positionsOf>>,
  { minRequests, maxSeconds, labelSeconds, minLabels }: ShadowParameters,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<number> {
  const began = performance.now();
  const spent = (): number => (performance.now() - began) / 1000;
  const over = new AbortController();
  const ending = AbortSignal.any([over.signal, signal]);
  setMaxListeners(0, ending); // each request that waits for its moment listens
  const following = mirror.follow(from, ending);
  // Until it is awaited below, an early end must not be an unhandled rejection.
  const broken = following.then(
    () => undefined,
    (error: unknown) => {
      throw error;
    },
  );
  broken.catch(() => undefined);
  try {
    const look = () => Promise.race([broken, sleep(LOOK_MS, undefined, { signal })]);
    while (!mirror.settled && spent() < maxSeconds) {
      await look();
      onShare(mirror.share);
    }
    const seconds = spent();
    const wanted = minLabels > 0 ? minLabels : minRequests;
    while (mirror.settled && mirror.labelled < wanted && spent() < seconds + labelSeconds) await look();
    return seconds;
  } finally {
    over.abort();
    await broken.catch(() => undefined);
  }
}

/** Inputs that make slices: those of the plan, or every category that is not personal. */
function sliceColumns({ inputs }: Signature, { slices }: ShadowParameters, mask: Mask): string[] {
  const known = inputs.map(({ name }) => name);
  const unknown = slices?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw failure('PlanInvalid', `the slice ${unknown} is no input of the model; it has ${known.join(', ')}`);
  return (
    slices ??
    inputs.flatMap(({ name, kind }) => (kind === 'category' && !mask.fields.includes(name) ? [name] : []))
  );
}

function headline(
  { version, declared }: Champion,
  pairs: number,
  { flips, shift, quality }: ReturnType<typeof compare>,
): string {
  const whom = declared ? 'the declared answer' : `the champion ${version}`;
  const loss = quality.logLoss.estimate;
  const labelled =
    quality.labelled > 0
      ? `; log-loss ${asNumber(loss)} nats beyond its on ${asCount(quality.labelled)} labels`
      : '';
  return `beside ${whom} on ${asCount(pairs)} requests: ${asNumber(flips.estimate * 100)} % decided otherwise, score shifted by ${asNumber(shift.estimate)}${labelled}`;
}
