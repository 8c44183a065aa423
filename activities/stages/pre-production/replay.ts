import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrivals, CallFacts, Layer } from '../../../domain/pre-production/index.ts';
import type { Outcome } from '../faults/caller.ts';
import type { SteadyCallers } from '../incidents/callers.ts';
import type { FeatureRow } from '../model-client.ts';

export interface Replayed {
  readonly facts: CallFacts;
  /** From each request's moment to its answer, the other region's included, in milliseconds. */
  readonly waits: readonly number[];
  readonly layers: Readonly<Record<Layer, readonly number[]>>;
  readonly seconds: number;
}

export interface ReplayOptions {
  /** Makes the keys of these calls unlike those of any other. */
  readonly name: string;
  readonly callers: Pick<SteadyCallers, 'ask'>;
  readonly rows: readonly FeatureRow[];
  readonly maxInFlight: number;
  readonly signal: AbortSignal;
}

/** Sends each request at its moment, whether or not those before it are answered: real callers do not wait for each other. */
export async function replay({ calls }: Arrivals, options: ReplayOptions): Promise<Replayed> {
  const { name, callers, rows, maxInFlight, signal } = options;
  const outcomes: { outcome: Outcome | null; waited: number }[] = [];
  const under = new Set<Promise<void>>();
  const began = performance.now();
  for (const [n, { position, atMs }] of calls.entries()) {
    const early = began + atMs - performance.now();
    if (early > 1) await sleep(early, undefined, { signal });
    if (under.size >= maxInFlight) {
      outcomes.push({ outcome: null, waited: 0 });
      continue;
    }
    const due = began + atMs;
    const call = callers.ask(`${name}-${n}`, rows[position] ?? {}).then((outcome) => {
      outcomes.push({ outcome, waited: performance.now() - due });
    });
    const settled = call.finally(() => under.delete(settled));
    under.add(settled);
  }
  await Promise.all(under);
  const layers: Record<Layer, number[]> = { network: [], gateway: [], model: [] };
  for (const { outcome } of outcomes) {
    if (outcome?.layers === undefined) continue;
    const { gateway, model } = outcome.layers;
    layers.gateway.push(gateway);
    layers.model.push(model);
    layers.network.push(Math.max(0, outcome.milliseconds - gateway - model));
  }
  return {
    facts: factsOf(outcomes.map(({ outcome }) => outcome)),
    waits: outcomes.flatMap(({ outcome, waited }) => (outcome?.by === 'model' ? [waited] : [])),
    layers,
    seconds: (performance.now() - began) / 1000,
  };
}

/** Calls that found too many under way have no outcome, and are lost. */
export function factsOf(outcomes: readonly (Outcome | null)[]): CallFacts {
  const lost = outcomes.filter((outcome) => outcome?.by !== 'model');
  const reasons = new Map<string, number>();
  for (const outcome of lost) {
    const why = outcome === null ? 'too many were under way' : (outcome.why ?? 'unknown');
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const [commonest] = [...reasons].sort((a, b) => b[1] - a[1]);
  return {
    calls: outcomes.length,
    lost: lost.length,
    ...(commonest === undefined ? {} : { why: commonest[0] }),
  };
}
