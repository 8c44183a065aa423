import { Worker } from 'node:worker_threads';

/** A function that a thread can run: input and result are plain data, and it may say how far it is, 0 to 1. */
export type PureFunction<Input, Result> = (
  input: Input,
  onShare: (share: number) => void,
) => Result | Promise<Result>;

export interface InThread<Input> {
  /** URL of the TypeScript module. */
  readonly module: URL;
  /** Name under which the module exports the function. */
  readonly name: string;
  readonly input: Input;
  readonly signal: AbortSignal;
  readonly onShare?: (share: number) => void;
  /** MiB of heap that the thread may take. */
  readonly heapMiB?: number;
}

type Message<Result> = { readonly share: number } | { readonly result: Result } | { readonly error: string };

/**
 * Computes away from the event loop, so that heartbeats and other activities go on. The thread ends with the call, and at once
 * when `signal` is aborted. Throws what the function throws, as an error of its text.
 */
export async function runInThread<Input, Result>(task: InThread<Input>): Promise<Result> {
  const { module, name, input, signal, onShare, heapMiB = 1024 } = task;
  signal.throwIfAborted();
  const thread = new Worker(new URL('thread.mjs', import.meta.url), {
    workerData: { module: module.href, name, input },
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  let abort = (): void => undefined;
  try {
    return await new Promise<Result>((resolve, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort);
      thread.on('message', (message: Message<Result>) => {
        if ('share' in message) onShare?.(message.share);
        else if ('result' in message) resolve(message.result);
        else reject(new Error(`${name}: ${message.error}`));
      });
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`the thread of ${name} ended with ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', abort);
    await thread.terminate();
  }
}
