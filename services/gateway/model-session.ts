import { Worker } from 'node:worker_threads';
import { concatenate, type Columns, type Rows } from './columns.ts';
import { GatewayError, messageOf } from './errors.ts';
import type { ModelFacts } from './signature.ts';

/** Class probabilities, row by row: `values[row * classes + class]`. */
export interface Probabilities {
  readonly values: Float32Array;
  readonly classes: number;
}

type ThreadMessage =
  | { readonly loaded: ModelFacts }
  | { readonly refused: string }
  | { readonly id: number; readonly probabilities: Float32Array; readonly classes: number }
  | { readonly id: number; readonly error: string };

interface Job extends Rows {
  readonly resolve: (answer: Probabilities) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  answered: boolean;
  /** Run by itself, because the batch that it was part of failed. */
  alone: boolean;
}

/** More rows than this are not put together; one request may have more. */
const MAX_BATCH_ROWS = 512;
const RESTART_AFTER_MS = 1000;

/**
 * A model version in a thread. One batch runs at a time, and requests that arrive meanwhile make the next one, so batches
 * grow with load and a lone request never waits for company.
 */
export class ModelSession {
  readonly #path: string;
  readonly #output: string;
  readonly #timeoutMs: number;
  #thread: Worker | undefined;
  #facts: ModelFacts | undefined;
  #waiting: Job[] = [];
  #running: Job[] = [];
  #runningSince = 0;
  #batch = 0;
  #closed = false;
  #onIdle: (() => void) | undefined;

  private constructor(path: string, output: string, timeoutMs: number) {
    this.#path = path;
    this.#output = output;
    this.#timeoutMs = timeoutMs;
  }

  /** Loads the file. Throws `ARTIFACT_UNUSABLE` when onnxruntime refuses it. `timeoutMs` limits each later run. */
  static async open(path: string, output: string, timeoutMs: number): Promise<ModelSession> {
    const session = new ModelSession(path, output, timeoutMs);
    await session.#start();
    return session;
  }

  /** Inputs and outputs that the model really has. */
  get facts(): ModelFacts {
    if (this.#facts === undefined) throw new Error('The model is not loaded.');
    return this.#facts;
  }

  /** False while the thread is gone, or has been busy with one batch for longer than a request may take. */
  get ready(): boolean {
    return this.#thread !== undefined && !this.#closed && !this.#stalled;
  }

  get #stalled(): boolean {
    return this.#running.length > 0 && performance.now() - this.#runningSince > this.#timeoutMs;
  }

  /** Throws `MODEL_FAILED`, `MODEL_TIMEOUT` or `MODEL_NOT_READY`. */
  run(rows: Rows): Promise<Probabilities> {
    if (this.#stalled) {
      return Promise.reject(
        new GatewayError('MODEL_TIMEOUT', `The model has not answered for ${this.#timeoutMs} ms.`),
      );
    }
    if (!this.ready) {
      return Promise.reject(new GatewayError('MODEL_NOT_READY', 'The model is not running.'));
    }
    return new Promise((resolve, reject) => {
      const job: Job = {
        ...rows,
        resolve,
        reject,
        answered: false,
        alone: false,
        timer: this.#timer(() => job),
      };
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Answers what was asked so far, then ends the thread; waits for both at most `waitMs`. */
  async close(waitMs = 10_000): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    if (thread === undefined) return;
    const limit = AbortSignal.timeout(waitMs);
    await new Promise<void>((resolve) => {
      const end = () => {
        thread.once('exit', () => resolve());
        thread.postMessage({ close: true });
      };
      limit.addEventListener('abort', () => resolve());
      if (this.#running.length === 0) end();
      else this.#onIdle = end;
    });
    // A thread that is stuck in native code cannot be ended without ending the process; it must not hold it either.
    thread.unref();
  }

  #timer(job: () => Job): NodeJS.Timeout {
    return setTimeout(() => {
      this.#fail([job()], 'MODEL_TIMEOUT', `The model did not answer within ${this.#timeoutMs} ms.`);
    }, this.#timeoutMs);
  }

  async #start(): Promise<void> {
    const thread = new Worker(new URL('./model-thread.mjs', import.meta.url), {
      workerData: { path: this.#path, output: this.#output },
      execArgv: [],
    });
    this.#facts = await new Promise<ModelFacts>((resolve, reject) => {
      const refuse = (why: string) => {
        reject(new GatewayError('ARTIFACT_UNUSABLE', `onnxruntime cannot load the model: ${why}`));
      };
      thread.once('message', (message: ThreadMessage) => {
        if ('loaded' in message) resolve(message.loaded);
        else refuse('refused' in message ? message.refused : 'it answered out of turn');
      });
      thread.once('error', (error) => refuse(messageOf(error)));
      thread.once('exit', (code) => refuse(`the thread ended with code ${code}`));
    });
    this.#thread = thread;
    thread.on('message', (message: ThreadMessage) => this.#answer(message));
    thread.on('error', (error) => this.#lost(messageOf(error)));
    thread.on('exit', (code) => this.#lost(`its thread ended with code ${code}`));
  }

  #next(): void {
    if (this.#running.length > 0 || this.#thread === undefined) return;
    this.#waiting = this.#waiting.filter((job) => !job.answered);
    const first = this.#waiting[0];
    if (first === undefined) {
      this.#onIdle?.();
      this.#onIdle = undefined;
      return;
    }
    let count = 1;
    for (let rows = first.rows; !first.alone && count < this.#waiting.length; count++) {
      const job = this.#waiting[count];
      rows += job?.rows ?? 0;
      if (job?.alone === true || rows > MAX_BATCH_ROWS) break;
    }
    this.#running = this.#waiting.splice(0, count);
    this.#runningSince = performance.now();
    const { rows, columns }: { rows: number; columns: Columns } = concatenate(this.#running);
    this.#thread.postMessage({ id: ++this.#batch, rows, columns });
  }

  #answer(message: ThreadMessage): void {
    if (!('id' in message) || message.id !== this.#batch) return;
    const jobs = this.#running.splice(0);
    if ('error' in message) this.#failed(jobs, message.error);
    else this.#deliver(jobs, message.probabilities, message.classes);
    this.#next();
  }

  #deliver(jobs: readonly Job[], values: Float32Array, classes: number): void {
    let from = 0;
    for (const job of jobs) {
      const to = from + job.rows * classes;
      this.#settle(job, () => job.resolve({ values: values.subarray(from, to), classes }));
      from = to;
    }
  }

  /** One bad row fails its whole batch, so each request of a failed batch is tried again by itself. */
  #failed(jobs: readonly Job[], why: string): void {
    if (jobs.length === 1) {
      this.#fail(jobs, 'MODEL_FAILED', `The model failed: ${why}`);
      return;
    }
    for (const job of jobs) job.alone = true;
    this.#waiting.unshift(...jobs);
  }

  #lost(why: string): void {
    if (this.#thread === undefined) return;
    this.#thread = undefined;
    this.#fail(
      [...this.#running.splice(0), ...this.#waiting.splice(0)],
      'MODEL_FAILED',
      `The model was lost: ${why}`,
    );
    if (!this.#closed) this.#restartLater();
  }

  #restartLater(): void {
    const timer = setTimeout(() => {
      if (this.#closed) return;
      this.#start().then(
        () => (this.#closed ? this.close() : this.#next()),
        () => this.#restartLater(),
      );
    }, RESTART_AFTER_MS);
    timer.unref();
  }

  #fail(jobs: readonly Job[], code: 'MODEL_FAILED' | 'MODEL_TIMEOUT', why: string): void {
    for (const job of jobs) this.#settle(job, () => job.reject(new GatewayError(code, why)));
  }

  #settle(job: Job, answer: () => void): void {
    if (job.answered) return;
    job.answered = true;
    clearTimeout(job.timer);
    answer();
  }
}
