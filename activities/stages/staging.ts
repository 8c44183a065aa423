import type { TrafficArm, TrafficChange } from '../../contracts/gateway.ts';
import { failure } from '../failure.ts';
import { messageOf } from './trial.ts';

/** Gives the arms their traffic in a gateway of a stage's own. Throws `ServingUnavailable` unless it says yes. */
export async function setTraffic(
  url: string,
  model: string,
  change: Pick<TrafficChange, 'changeId' | 'fence'>,
  arms: readonly TrafficArm[],
  signal: AbortSignal,
): Promise<void> {
  const path = `/admin/models/${encodeURIComponent(model)}/traffic`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(new URL(path, url), {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...change, arms } satisfies TrafficChange),
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    [status, text] = [response.status, await response.text()];
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure('ServingUnavailable', `PUT ${path} was not answered: ${messageOf(error)}`, error);
  }
  if (status !== 200) throw failure('ServingUnavailable', `PUT ${path} was answered ${status}: ${text}`);
}

export const allTo = (version: string): TrafficArm[] => [{ arm: 'baseline', version, weight: 100 }];
