import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Keeps what is being done equal to what should be done: starts work whose key is new, cancels work whose key is gone.
 * Work that is done stays known until its key goes, so it is not done twice.
 */
export class WorkDesk<Work extends { readonly key: string }> {
  private readonly open = new Map<string, { readonly scope: CancellationScope; done: boolean }>();
  private readonly perform: (work: Work) => Promise<void>;
  private readonly onError: (error: unknown) => void;

  constructor(perform: (work: Work) => Promise<void>, onError: (error: unknown) => void) {
    this.perform = perform;
    this.onError = onError;
  }

  /** Nothing is being done now. */
  get idle(): boolean {
    return [...this.open.values()].every(({ done }) => done);
  }

  reconcile(wanted: readonly Work[]): void {
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, { scope, done }] of [...this.open]) {
      if (keys.has(key)) continue;
      this.open.delete(key);
      if (!done) scope.cancel();
    }
    for (const work of wanted) if (!this.open.has(work.key)) this.begin(work);
  }

  private begin(work: Work): void {
    const scope = new CancellationScope();
    const entry = { scope, done: false };
    this.open.set(work.key, entry);
    scope
      .run(() => this.perform(work))
      .catch((error: unknown) => {
        // Cancelled because its key went: nobody waits for it any more.
        // Anything else is an error of ours, not the model's: the task fails, is tried again, and nothing is lost.
        if (!isCancellation(error)) this.onError(new Error(`work ${work.key} failed`, { cause: error }));
      })
      .finally(() => {
        entry.done = true;
      });
  }
}
