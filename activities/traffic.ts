import { Context } from '@temporalio/activity';
import type { LogPosition, ShiftInput, ShiftResult } from '../contracts/activities.ts';
import { headers } from '../contracts/gateway.ts';
import type { LoadVersion, TrafficArm } from '../contracts/gateway.ts';
import type { Plan, Signature } from '../contracts/plan.ts';
import { topics } from '../contracts/topics.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';
import { evidenceFailures, readPlan } from './plan.ts';

const PROBES = 400;
const AT_ONCE = 20;
/** Longest wait for the counts to agree; then the activity is tried again. */
const VERIFY_MS = 20_000;

/**
 * Applies one traffic change and believes it only after counting. The gateway applies a change id once, so a repeated
 * attempt is harmless; where the logs stood is kept from the first attempt on, in the heartbeat. The position is empty when
 * the change leaves no callers to this version.
 */
export function trafficActivities(context: ActivityContext): {
  shiftTraffic: (input: ShiftInput) => Promise<ShiftResult>;
} {
  return {
    async shiftTraffic(input) {
      const { model, version, change } = input;
      const began = Date.now();
      const plan = await readPlan(context.evidence, input.planRef);
      const serves = change.arms.some((arm) => arm.version === version);
      // Nothing is compared after this version is gone, so that taking callers back never waits for Kafka.
      const position = serves ? await positionBefore(context) : {};
      Context.current().heartbeat(position);

      if (serves) await loadVersion(context, plan);
      await put(context, `/admin/models/${model}/traffic`, change);
      const signature = await evidenceFailures('the signature', () =>
        context.evidence.getJson<Signature>(plan.signature),
      );
      const counted = await verifyByCounting(context, model, change.arms, signature, position);
      return { counted, seconds: (Date.now() - began) / 1000, position };
    },
  };
}

async function positionBefore(context: ActivityContext): Promise<LogPosition> {
  const known = Context.current().info.heartbeatDetails as LogPosition | undefined;
  return known ?? logPosition(context);
}

async function logPosition({ log }: ActivityContext): Promise<LogPosition> {
  const position: Record<string, Record<string, number>> = {};
  for (const topic of [topics.predictions, topics.labels]) {
    try {
      const offsets = await log.offsets(topic);
      position[topic] = Object.fromEntries(offsets.map(({ partition, high }) => [String(partition), high]));
    } catch (error) {
      throw failure('LogUnavailable', `Kafka does not say where ${topic} stands`, error);
    }
  }
  return position;
}

async function loadVersion(context: ActivityContext, plan: Plan): Promise<void> {
  const { model, version, artifact, signature, serving } = plan;
  const load: LoadVersion = { artifact, signature, fallback: serving.fallback, threshold: serving.threshold };
  await put(context, `/admin/models/${model}/versions/${version}`, load);
}

async function put({ gatewayUrl }: ActivityContext, path: string, body: unknown): Promise<void> {
  const response = await request(`${gatewayUrl}${path}`, { method: 'PUT', body: JSON.stringify(body) });
  if (response.ok) return;
  const text = await response.text();
  if (response.status === 409) throw failure('StaleFence', `the gateway refused: ${text}`);
  if (response.status === 404 && text.includes('EVIDENCE_MISSING')) throw failure('ArtifactMissing', text);
  if (response.status === 400 || response.status === 422)
    throw failure('PlanInvalid', `the gateway refused ${path}: ${text}`);
  throw failure('ServingUnavailable', `PUT ${path} answered ${response.status}: ${text}`);
}

/**
 * Asks as many different callers would and counts who answers. A share of 100 % or 0 % must be exact; any other must lie
 * within five standard deviations, so that a right split is refused once in two million counts.
 */
async function verifyByCounting(
  context: ActivityContext,
  model: string,
  arms: readonly TrafficArm[],
  signature: Signature,
  heartbeat: LogPosition,
): Promise<Record<string, number>> {
  const until = Date.now() + VERIFY_MS;
  for (;;) {
    const counted = await countVersions(context, model, signature);
    const wrong = disagreement(arms, counted);
    if (wrong === null) return counted;
    if (Date.now() > until) throw failure('TrafficNotVerified', wrong);
    Context.current().heartbeat(heartbeat);
    await Context.current().sleep(500);
  }
}

export function disagreement(
  arms: readonly TrafficArm[],
  counted: Readonly<Record<string, number>>,
): string | null {
  const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
  const expected = new Map<string, number>();
  for (const { version, weight } of arms) expected.set(version, (expected.get(version) ?? 0) + weight / 100);
  for (const version of new Set([...expected.keys(), ...Object.keys(counted)])) {
    const share = expected.get(version) ?? 0;
    const count = counted[version] ?? 0;
    const slack = 5 * Math.sqrt(total * share * (1 - share));
    if (Math.abs(count - total * share) > slack) {
      return `version ${version} answered ${count} of ${total} probes; ${(share * 100).toFixed(0)} % were expected`;
    }
  }
  return null;
}

async function countVersions(
  { gatewayUrl }: ActivityContext,
  model: string,
  signature: Signature,
): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  const body = JSON.stringify({
    inputs: signature.inputs.map(({ name, datatype }) => emptyTensor(name, datatype)),
  });
  let next = 0;
  const ask = async (): Promise<void> => {
    while (next < PROBES) {
      const key = `probe-${next++}`;
      // Probes are answered like any caller's request and are not logged: no comparison may see them.
      const response = await request(`${gatewayUrl}/v2/models/${model}/infer`, {
        method: 'POST',
        body,
        headers: { [headers.key]: key, [headers.probe]: 'true' },
      });
      await response.arrayBuffer();
      const version = response.headers.get(headers.version) ?? `HTTP ${response.status}`;
      counted[version] = (counted[version] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return counted;
}

function emptyTensor(
  name: string,
  datatype: 'BYTES' | 'FP32',
): { name: string; shape: number[]; datatype: string; data: (string | null)[] } {
  return { name, shape: [1, 1], datatype, data: [datatype === 'BYTES' ? '' : null] };
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(10_000), Context.current().cancellationSignal]);
    return await fetch(url, {
      ...init,
      signal,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    throw failure(
      'ServingUnavailable',
      `${init.method ?? 'GET'} ${url} failed: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
