import { FALLBACK_VERSION, type LoadVersion, type TrafficStatus } from '../../../contracts/gateway.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { ActivityContext } from '../../context.ts';
import { failure } from '../../failure.ts';
import { messageOf } from '../trial.ts';

export interface Champion {
  readonly version: string;
  /** It is the declared answer, and no model. */
  readonly declared: boolean;
}

/**
 * Who answers production's callers. A model that nobody has released yet is unknown to the gateway, and nobody can call it: then the
 * declared answer is opened to callers, which the plan names as the first release's baseline. It can take no traffic from anybody: its
 * fence is 0, and every release that holds the model's slot has a higher one. Throws `ServingUnavailable`, and `PlanInvalid` when the gateway
 * refuses the version.
 */
export async function championOf(
  { gatewayUrl }: ActivityContext,
  plan: Plan,
  signal: AbortSignal,
): Promise<Champion> {
  const { model, version, artifact, signature, serving } = plan;
  const path = `/admin/models/${encodeURIComponent(model)}`;
  const ask = (method: string, rest: string, body?: unknown) =>
    call(new URL(`${path}${rest}`, gatewayUrl), method, body, signal);
  const before = await ask('GET', '/traffic');
  if (before.status === 200) {
    const champion = baselineOf(before.body as TrafficStatus);
    if (champion !== undefined) return champion;
  }
  const load: LoadVersion = { artifact, signature, ...serving };
  await accepted('loading', ask('PUT', `/versions/${encodeURIComponent(version)}`, load));
  const arms = [{ arm: 'baseline', version: FALLBACK_VERSION, weight: 100 }];
  const opened = await ask('PUT', '/traffic', { changeId: `shadow/${model}`, fence: 0, arms });
  // Somebody else was quicker: then the traffic says who serves.
  if (opened.status !== 200 && opened.status !== 409)
    throw failure('ServingUnavailable', `opening the declared answer was answered ${opened.status}`);
  const after = await accepted('asking who serves', ask('GET', '/traffic'));
  const champion = baselineOf(after as TrafficStatus);
  if (champion === undefined)
    throw failure('ServingUnavailable', `the gateway gives nobody the traffic of ${model}`);
  return champion;
}

function baselineOf({ arms }: TrafficStatus): Champion | undefined {
  const version = arms.find(({ arm }) => arm === 'baseline')?.version;
  return version === undefined ? undefined : { version, declared: version === FALLBACK_VERSION };
}

async function accepted(what: string, answer: Promise<Answer>): Promise<unknown> {
  const { status, body } = await answer;
  if (status === 200) return body;
  // Asked again, it would be refused again.
  if (status === 400 || status === 422)
    throw failure('PlanInvalid', `the gateway refused ${what}: ${JSON.stringify(body)}`);
  throw failure('ServingUnavailable', `${what} was answered ${status}: ${JSON.stringify(body)}`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(url: URL, method: string, body: unknown, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure(
      'ServingUnavailable',
      `${method} ${url.pathname} was not answered: ${messageOf(error)}`,
      error,
    );
  }
}
