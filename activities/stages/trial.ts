import { CancelledFailure, Context } from '@temporalio/activity';
import type { LoadVersion } from '../../contracts/gateway.ts';
import type { Plan, Signature } from '../../contracts/plan.ts';
import type { ActivityContext, Serving, ServingSettings } from '../context.ts';
import { failure } from '../failure.ts';
import { ModelClient } from './model-client.ts';
import { readSignature } from './signature.ts';

/** One version alone in a serving process of its own, reached over a socket. */
export interface Trial {
  readonly serving: Serving;
  readonly client: ModelClient;
  readonly signature: Signature;
  readonly signal: AbortSignal;
  /** From the spawn of the process until it listened. */
  readonly startSeconds: number;
}

/**
 * Starts a serving process, runs the trial, and stops the process whatever happens: result, failure or cancellation.
 * Throws `ServingUnavailable` when the process does not start, and `CancelledFailure` when the stage was cancelled.
 */
export async function inTrial<T>(
  context: ActivityContext,
  plan: Plan,
  run: (trial: Trial) => Promise<T>,
  settings?: ServingSettings,
): Promise<T> {
  const { cancellationSignal: signal, cancelled } = Context.current();
  const signature = await readSignature(context.evidence, plan);
  signal.throwIfAborted();
  const started = performance.now();
  const serving = await context.startServing(settings).catch((error: unknown) => {
    throw failure('ServingUnavailable', `no serving process could be started: ${messageOf(error)}`, error);
  });
  const client = new ModelClient(serving.url, plan.model, plan.version, signature, signal);
  try {
    signal.throwIfAborted();
    const startSeconds = (performance.now() - started) / 1000;
    // Ends the wait at once, whatever the trial is waiting for.
    return await Promise.race([run({ serving, client, signature, signal, startSeconds }), cancelled]);
  } catch (error) {
    // An aborted request is how a cancellation looks from inside.
    if (signal.aborted && !(error instanceof CancelledFailure)) await cancelled;
    throw error;
  } finally {
    client.close();
    await serving.stop();
  }
}

export type Loaded =
  | { readonly loaded: true; readonly seconds: number }
  | { readonly loaded: false; readonly seconds: number; readonly reason: string };

/**
 * Loads the plan's version. A refusal, a crash and a load that takes too long are findings about the model; throws
 * `ServingUnavailable` only when the process lives and does not answer as agreed.
 */
export async function loadVersion(trial: Trial, plan: Plan, limitSeconds: number): Promise<Loaded> {
  const { artifact, signature, serving } = plan;
  const body: LoadVersion = { artifact, signature, ...serving };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const not = (reason: string): Loaded => ({ loaded: false, seconds: seconds(), reason });
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  try {
    const answer = await trial.client.load(body, AbortSignal.any([limit, trial.signal]));
    if (answer.status === 200) return { loaded: true, seconds: seconds() };
    if (answer.status === 422 || answer.status === 400) return not(answer.error ?? 'the gateway refused it');
    throw failure('ServingUnavailable', `loading was answered ${answer.status}: ${answer.error ?? ''}`);
  } catch (error) {
    if (trial.signal.aborted) throw error;
    if (limit.aborted) return not(`it had not loaded after ${limitSeconds} s`);
    if (!isAlive(trial.serving.pid)) return not('the serving process ended while it loaded the model');
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
