/** The slices of one partition that are in hand, oldest first. Each takes its turn when those before it are settled. */
export class SliceQueue {
  private readonly slices: Promise<boolean>[] = [];
  private broken = false;

  /** Resolves when fewer than `most` are in hand, and none that has to come again. */
  async room(most: number): Promise<void> {
    while (this.slices.length >= most) await this.slices[0];
    // After a slice that comes again, those behind it end without effect; what comes again must not follow them.
    while (this.broken && this.slices.length > 0) await this.slices[0];
    this.broken = false;
  }

  /** `settle` gets its turn, and must not reject; false says that it comes again. */
  add(settle: (turn: Promise<boolean>) => Promise<boolean>): void {
    const slice = settle(this.slices.at(-1) ?? Promise.resolve(true)).then((settled) => {
      void this.slices.shift();
      if (!settled) this.broken = true;
      return settled;
    });
    this.slices.push(slice);
  }
}
