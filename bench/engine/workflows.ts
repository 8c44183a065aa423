import { proxyActivities } from '@temporalio/workflow';
import type { LightActivities, StageActivity } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { DomainEvent } from '../../contracts/ledger.ts';
import type { Plan } from '../../contracts/plan.ts';
import { taskQueues } from '../../contracts/task-queues.ts';

export { releaseWorkflow } from '../../workflows/release.ts';

export interface BareInput {
  readonly stream: string;
  readonly plan: Plan;
  readonly planRef: EvidenceRef;
  /** How many stages and how many appends the release ran that this is compared with. */
  readonly stages: number;
  readonly appends: number;
}

const { appendToLedger } = proxyActivities<LightActivities>({
  taskQueue: taskQueues.release,
  startToCloseTimeout: '30s',
});
const { noop } = proxyActivities<{ noop: StageActivity }>({
  taskQueue: taskQueues.trials,
  startToCloseTimeout: '1m',
  heartbeatTimeout: '30s',
});

/**
 * What a release of stages that do nothing would be without an engine: the same activities with the same payloads, the
 * ledger written behind the stages in as many appends as the release made. No decisions, messages, queries or details.
 */
export async function bareOverlapped(input: BareInput): Promise<number> {
  const ledger = new Ledger(input.stream);
  let appended = Promise.resolve();
  await eachStage(input, (events) => {
    appended = appended.then(() => ledger.append(events));
  });
  await appended;
  return ledger.written;
}

/** The same, each append awaited before the next stage: what a person would write first. */
export async function bareSequential(input: BareInput): Promise<number> {
  const ledger = new Ledger(input.stream);
  await eachStage(input, (events) => ledger.append(events));
  return ledger.written;
}

class Ledger {
  written = 0;
  private readonly stream: string;

  constructor(stream: string) {
    this.stream = stream;
  }

  async append(events: readonly DomainEvent[]): Promise<void> {
    await appendToLedger({ stream: this.stream, after: this.written, events });
    this.written += events.length;
  }
}

/** Runs the stages one after another, and hands over the events that a release records, spread over `appends` calls. */
async function eachStage(
  { plan, planRef, stages, appends }: BareInput,
  append: (events: readonly DomainEvent[]) => void | Promise<void>,
): Promise<void> {
  const event = (type: string, data: unknown): DomainEvent => ({
    type,
    data: data as JsonObject,
    at: new Date().toISOString(),
  });
  const started = (step: number): DomainEvent => event('StageStarted', { step, stage: 'noop', attempt: 1 });
  const { model, version } = plan;
  await append([event('ReleaseRequested', { plan, planRef }), started(0)]);
  let waiting: DomainEvent[] = [];
  for (let step = 0; step < stages; step += 1) {
    const report = await noop({ model, version, planRef, step, attempt: 1 });
    const next =
      step + 1 < stages ? started(step + 1) : event('ReleaseEnded', { outcome: 'completed', reason: 'done' });
    waiting.push(event('StageFinished', { step, attempt: 1, report }), next);
    const due = (done: number): number => Math.floor((done * (appends - 1)) / stages);
    if (due(step + 1) > due(step)) {
      await append(waiting);
      waiting = [];
    }
  }
}
