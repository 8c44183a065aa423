import type { Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Administration } from './admin.ts';
import { PARTITION_BYTES } from './client.ts';
import { joinGroup, partitionKey } from './member.ts';
import type { Assignment, MemberBatch, MemberControls } from './member.ts';
import type { Consumption, ConsumeOptions, ReceivedRecord, Slice, SliceOutcome } from './port.ts';

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

  /** True when the slice is settled and committed, so that the next may follow. */
  const settle = async (batch: MemberBatch, records: ReceivedRecord[], end: number): Promise<boolean> => {
    const { topic, partition } = batch;
    const key = partitionKey(topic, partition);
    let outcome: SliceOutcome;
    try {
      outcome = await batch.work((signal) => onSlice({ topic, partition, records, signal }));
    } catch (error) {
      const failures = (waits.get(key)?.failures ?? 0) + 1;
      const afterMs = Math.min(30_000, 500 * 2 ** Math.min(failures, 8));
      log.error({ topic, partition, offset: records[0]?.offset, failures, err: error }, 'the handler failed');
      waitThenResume(topic, partition, afterMs, `the handler failed: ${String(error)}`).failures = failures;
      return false;
    }
    const through = outcome.kind === 'done' ? end : (outcome.doneThrough ?? -1) + 1;
    if (through > records[0]!.offset && !(await commit(batch, through))) {
      waitThenResume(topic, partition, 1_000, 'an offset could not be committed');
      return false;
    }
    if (outcome.kind === 'retryLater') {
      waitThenResume(topic, partition, outcome.afterMs, 'the handler asked to wait');
      return false;
    }
    waits.delete(key);
    return true;
  };

  // Resolved only after the commit: a slice whose commit is lost comes again instead of staying uncommitted for ever.
  const commit = async (batch: MemberBatch, offset: number): Promise<boolean> => {
    const committed = await batch.work(async (lost) => {
      for (let attempt = 1; ; attempt++) {
        if (await batch.commit(offset)) return true;
        if (attempt === COMMIT_TRIES || lost.aborted) return false;
        await sleep(200 * attempt);
      }
    });
    if (committed) batch.resolve(offset);
    return committed;
  };

  const onBatch = async (batch: MemberBatch): Promise<void> => {
    const slices = cut(batch.records, sliceRecords, sliceBytes);
    for (const [index, records] of slices.entries()) {
      if (batch.mustLeave()) return;
      const end = index === slices.length - 1 ? batch.end : records.at(-1)!.offset + 1;
      if (!(await settle(batch, records, end))) return;
    }
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
      for (const { timer } of waits.values()) clearTimeout(timer);
      await member.stop();
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
