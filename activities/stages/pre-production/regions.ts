import { FALLBACK_VERSION } from '../../../contracts/gateway.ts';
import type { CallFacts, ToggleFacts } from '../../../domain/pre-production/index.ts';
import type { Drill } from '../incidents/drill-mode.ts';
import { allTo, setTraffic } from '../staging.ts';
import { factsOf } from './replay.ts';

const COUNTED = 60;

/** Ends and starts every region, one after the other, while callers go on. Seconds of the slowest. */
export async function restartEach({
  staging,
  callers,
  signal,
}: Drill): Promise<{ facts: CallFacts; seconds: number }> {
  callers.take();
  let slowest = 0;
  for (const region of staging.replicas) {
    signal.throwIfAborted();
    const began = performance.now();
    await region.serving.stop();
    await staging.replace(region);
    slowest = Math.max(slowest, Math.round(performance.now() - began) / 1000);
  }
  return { facts: factsOf(callers.take()), seconds: slowest };
}

/** Takes the version's traffic away in every region and gives it back, and believes only what counting shows. */
export async function toggle(drill: Drill): Promise<ToggleFacts> {
  await setAll(drill, 'off', 10, FALLBACK_VERSION);
  const off = await count(drill, 'off');
  await setAll(drill, 'on', 11, drill.plan.version);
  const on = await count(drill, 'on');
  return { calls: COUNTED, servedWhileOff: off.model, missingWhenOn: COUNTED - on.model };
}

async function setAll(
  { staging, plan, signal }: Drill,
  name: string,
  fence: number,
  version: string,
): Promise<void> {
  const change = { changeId: `toggle-${name}`, fence };
  for (const { serving } of staging.replicas)
    await setTraffic(serving.url, plan.model, change, allTo(version), signal);
}

async function count({ callers, rows }: Drill, name: string): Promise<{ model: number }> {
  const asked = Array.from({ length: COUNTED }, (_, n) =>
    callers.ask(`toggle-${name}-${n}`, rows[n % rows.length] ?? {}),
  );
  const outcomes = await Promise.all(asked);
  return { model: outcomes.filter(({ by }) => by === 'model').length };
}
