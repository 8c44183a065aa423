/** Runs tasks one after the other, in the order in which they were asked for. A failed task does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    // The caller gets the failure; the queue only needs to know that the task is over.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
