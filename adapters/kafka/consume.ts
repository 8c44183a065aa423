import type { Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Administration } from './admin.ts';
import { PARTITION_BYTES } from './client.ts';
import { joinGroup, partitionKey } from './member.ts';
import type { Assignment, MemberBatch, MemberControls } from './member.ts';
import type { Consumption, ConsumeOptions, ReceivedRecord, Slice, SliceOutcome } from './port.ts';
import { SliceQueue } from './slice-queue.ts';

/** A commit a slice keeps redelivery small: 7 to 28 records after a rebalance, against some thousand for whole batches. */
const SLICE_RECORDS = 100;
/** Partitions of one member that are worked on at the same time. */
const CONCURRENCY = 6;
/** A partition that has waited this long turns health red. */
const WAITING_MS = 8_000;
const COMMIT_TRIES = 4;

interface Wait {
  since: number;
  failures: number;
  why: string;
  timer: NodeJS.Timeout | undefined;
}

/** Consumes by the rules of the port; see `EventLog.consume`. */
export async function consume(
  kafka: Kafka,
  admin: Administration,
  log: Logger,
  {
    group,
    topics,
    fromBeginning = true,
    sliceRecords = SLICE_RECORDS,
    sliceBytes = PARTITION_BYTES,
    readAhead = false,
  }: ConsumeOptions,
  onSlice: (slice: Slice) => Promise<SliceOutcome>,
): Promise<Consumption> {
  const waits = new Map<string, Wait>();
  const refused = new Map<string, string>();
  let controls: MemberControls | undefined;

  const waitThenResume = (topic: string, partition: number, afterMs: number, why: string): Wait => {
    const key = partitionKey(topic, partition);
    const wait = waits.get(key) ?? { since: Date.now(), failures: 0, why, timer: undefined };
    waits.set(key, wait);
    wait.why = why;
    controls?.pause(topic, partition);
    clearTimeout(wait.timer);
    wait.timer = setTimeout(() => controls?.resume(topic, partition), afterMs);
    return wait;
  };

  /** The partition goes on at `offset` after a while. Of a membership that has ended, somebody else has it by now. */
  const comeAgain = (batch: MemberBatch, offset: number, afterMs: number, why: string): Wait | undefined =>
    batch.rewind(offset) ? waitThenResume(batch.topic, batch.partition, afterMs, why) : undefined;

  /** True when the slice is settled and committed, so that the next may take its turn. */
  const settle = async (
    batch: MemberBatch,
    records: ReceivedRecord[],
    end: number,
    turn: Promise<boolean>,
  ): Promise<boolean> => {
    const { topic, partition } = batch;
    const key = partitionKey(topic, partition);
    const from = records[0]!.offset;
    const handle = async (signal: AbortSignal): Promise<SliceOutcome | undefined> => {
      try {
        const outcome = await onSlice({ topic, partition, records, turn, signal });
        return (await turn) ? outcome : undefined;
      } catch (error) {
        if (!(await turn)) return undefined;
        throw error;
      }
    };
    let outcome: SliceOutcome | undefined;
    try {
      outcome = await batch.work(handle);
    } catch (error) {
      const failures = (waits.get(key)?.failures ?? 0) + 1;
      const afterMs = Math.min(30_000, 500 * 2 ** Math.min(failures, 8));
      log.error({ topic, partition, offset: from, failures, err: error }, 'the handler failed');
      const wait = comeAgain(batch, from, afterMs, `the handler failed: ${String(error)}`);
      if (wait !== undefined) wait.failures = failures;
      return false;
    }
    // What was before it comes again, and so does this.
    if (outcome === undefined) return false;
    const through = outcome.kind === 'done' ? end : (outcome.doneThrough ?? -1) + 1;
    if (through > from && !(await commit(batch, through))) {
      comeAgain(batch, from, 1_000, 'an offset could not be committed');
      return false;
    }
    if (outcome.kind === 'retryLater') {
      comeAgain(batch, Math.max(from, through), outcome.afterMs, 'the handler asked to wait');
      return false;
    }
    waits.delete(key);
    return true;
  };

  const commit = (batch: MemberBatch, offset: number): Promise<boolean> =>
    batch.work(async (lost) => {
      for (let attempt = 1; ; attempt++) {
        if (await batch.commit(offset)) return true;
        if (attempt === COMMIT_TRIES || lost.aborted) return false;
        await sleep(200 * attempt);
      }
    });

  const inHand = new Map<string, SliceQueue>();
  const slicesInHand = readAhead ? 2 : 1;

  /**
   * The next fetch goes on behind a slice as soon as it is in hand, and comes back when it is not settled. Returning before it is
   * settled is what lets kafkajs fetch meanwhile.
   */
  const onBatch = async (batch: MemberBatch): Promise<void> => {
    const key = partitionKey(batch.topic, batch.partition);
    const queue = inHand.get(key) ?? new SliceQueue();
    inHand.set(key, queue);
    const slices = cut(batch.records.splice(0), sliceRecords, sliceBytes);
    for (const [index, records] of slices.entries()) {
      await queue.room(slicesInHand);
      if (batch.mustLeave()) return;
      const end = index === slices.length - 1 ? batch.end : records.at(-1)!.offset + 1;
      batch.advance(end);
      queue.add((turn) => settle(batch, records, end, turn));
    }
    if (!readAhead) await queue.room(1);
  };

  /**
   * A group that resumes behind the log's beginning has lost records, and one that resumes past its end reads a topic
   * that was made anew. kafkajs would jump to another offset and say nothing, so nothing is fetched before this check.
   */
  const begin = async (assignment: Assignment, lost: AbortSignal): Promise<void> => {
    for (const [topic, partitions] of Object.entries(assignment)) {
      if (partitions.length === 0) continue;
      const [committed, offsets] = await Promise.all([admin.committed(group, topic), admin.offsets(topic)]);
      if (lost.aborted) return;
      for (const partition of partitions) {
        const range = offsets.find((one) => one.partition === partition);
        const at = committed.get(partition);
        if (range === undefined) continue;
        if (at !== undefined && at > range.high) {
          const why = `group ${group} is at offset ${at}, the partition ends at ${range.high}: was the topic made anew? Reset the group's offsets`;
          refused.set(partitionKey(topic, partition), why);
          log.error({ topic, committed: at, ...range }, why);
          continue;
        }
        if (at !== undefined && at < range.low)
          log.error({ topic, committed: at, ...range }, 'records were deleted before they were read');
        controls?.seek(topic, partition, Math.max(at ?? (fromBeginning ? range.low : range.high), range.low));
        controls?.resume(topic, partition);
      }
    }
  };

  const onJoin = (assignment: Assignment, lost: AbortSignal, joined: MemberControls): void => {
    controls = joined;
    for (const { timer } of waits.values()) clearTimeout(timer);
    const owned = new Set<string>();
    for (const [topic, partitions] of Object.entries(assignment))
      for (const partition of partitions) {
        owned.add(partitionKey(topic, partition));
        controls?.pause(topic, partition);
      }
    for (const key of waits.keys()) if (!owned.has(key)) waits.delete(key);
    refused.clear();
    const tryToBegin = async (): Promise<void> => {
      for (let wait = 200; !lost.aborted; wait = Math.min(wait * 2, 5_000)) {
        try {
          return await begin(assignment, lost);
        } catch (error) {
          log.warn({ group, err: error, retryInMs: wait }, 'the offsets of the group could not be checked');
          await sleep(wait);
        }
      }
    };
    void tryToBegin();
  };

  const member = await joinGroup(kafka, admin, log, {
    group,
    topics,
    fromBeginning,
    partitionBytes: sliceBytes,
    concurrency: CONCURRENCY,
    onJoin,
    onBatch,
  });

  return {
    stop: async () => {
      await member.stop();
      // Only now, since a slice in hand may have asked to wait meanwhile.
      for (const { timer } of waits.values()) clearTimeout(timer);
    },
    health: () => {
      const { ok, detail } = member.diagnosis();
      const waiting = [...waits].filter(([, { since }]) => Date.now() - since > WAITING_MS);
      const problems = [
        ...(ok ? [] : [detail]),
        ...[...refused].map(([key, why]) => `${key}: ${why}`),
        ...waiting.map(
          ([key, { since, why }]) => `${key} waits for ${Math.round((Date.now() - since) / 1000)} s: ${why}`,
        ),
      ];
      return problems.length === 0 ? { ok: true, detail } : { ok: false, detail: problems.join('; ') };
    },
  };
}

function cut(records: ReceivedRecord[], most: number, mostBytes: number): ReceivedRecord[][] {
  const slices: ReceivedRecord[][] = [];
  let slice: ReceivedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value?.length ?? 0;
    if (slice.length >= most || (slice.length > 0 && bytes + size > mostBytes)) {
      slices.push(slice);
      slice = [];
      bytes = 0;
    }
    slice.push(record);
    bytes += size;
  }
  if (slice.length > 0) slices.push(slice);
  return slices;
}
