import type { ReceivedRecord } from '../../../adapters/kafka/index.ts';

/** What a witness looks at of a slice. */
export interface Seen {
  readonly partition: number;
  readonly records: readonly Pick<ReceivedRecord, 'offset' | 'value'>[];
}

/**
 * Stands where a sink would: counts what came, and notes when a partition is in two hands at once or jumps over records.
 * All members of a group share one witness. Records that come again after a rebalance or a crash are no problem; they are counted.
 */
export class Witness {
  /** Value to how often it came. */
  readonly values = new Map<string, number>();
  readonly problems: string[] = [];
  /** Member to the partitions that it has had. */
  readonly partitionsOf = new Map<string, Set<number>>();
  private readonly next = new Map<number, number>();
  private readonly busy = new Map<number, string>();

  async take({ partition, records }: Seen, work: () => Promise<void>, member = 'one'): Promise<void> {
    const other = this.busy.get(partition);
    if (other !== undefined)
      this.problems.push(`partition ${partition} is with ${other} and ${member} at once`);
    this.busy.set(partition, member);
    this.partitionsOf.set(member, (this.partitionsOf.get(member) ?? new Set()).add(partition));
    const first = records[0]!.offset;
    const expected = this.next.get(partition) ?? 0;
    if (first > expected) this.problems.push(`partition ${partition} jumps from ${expected} to ${first}`);
    await work();
    for (const { value, offset } of records) {
      this.values.set(String(value), (this.values.get(String(value)) ?? 0) + 1);
      this.next.set(partition, Math.max(this.next.get(partition) ?? 0, offset + 1));
    }
    this.busy.delete(partition);
  }

  get duplicates(): number {
    return [...this.values.values()].reduce((sum, count) => sum + count - 1, 0);
  }
}
