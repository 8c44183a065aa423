import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Administration } from './admin.ts';
import { consumerConfig } from './client.ts';
import { isMembershipLost, toLogError } from './errors.ts';
import { LogError } from './port.ts';
import type { ReceivedRecord } from './port.ts';
import { takeRecords } from './received.ts';
import { diagnose } from './vitals.ts';
import type { Diagnosis } from './vitals.ts';

/** Topic to the partitions that this member was given. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly fromBeginning: boolean;
  /** Fetched of one partition at a time; 1 MiB unless given. */
  readonly partitionBytes?: number;
  /** Partitions whose batches are handled at the same time. */
  readonly concurrency: number;
  /** Called at every join, before anything is fetched; `lost` is aborted when this assignment ends. */
  readonly onJoin: (assignment: Assignment, lost: AbortSignal, member: MemberControls) => void;
  /** Must not reject. What it has not advanced over when it returns is fetched again. */
  readonly onBatch: (batch: MemberBatch) => Promise<void>;
}

export interface MemberBatch {
  readonly topic: string;
  readonly partition: number;
  /** Whoever empties it lets go of all that kafkajs keeps of them too. */
  readonly records: ReceivedRecord[];
  /** Offset after the batch, past control records that no reader sees. */
  readonly end: number;
  /** True when the partition is paused, taken away or being closed: return without beginning anything. */
  mustLeave(): boolean;
  /** Runs `task` while heartbeats keep the membership. */
  work<T>(task: (lost: AbortSignal) => Promise<T>): Promise<T>;
  /** Commits for the group: `offset` is the next to read. False when that did not work. */
  commit(offset: number): Promise<boolean>;
  /** The next fetch goes on at `offset`, which is in this batch or just behind it. */
  advance(offset: number): void;
  /** Back to `offset`: what was fetched from behind it is not handed over. False, and nothing done, when the membership has ended. */
  rewind(offset: number): boolean;
}

export interface MemberControls {
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  seek(topic: string, partition: number, offset: number): void;
}

/** One consumer of kafkajs in a group, made anew when it dies or is stuck. */
export interface Member extends MemberControls {
  diagnosis(): Diagnosis;
  stop(): Promise<void>;
}

/** One piece of work on a partition, of the membership in which it began. */
interface InHand {
  readonly key: string;
  readonly since: number;
  readonly membership: AbortController;
  readonly over: Promise<unknown>;
}

const WATCH_MS = 1_000;
const STALL_CHECK_MS = 2_000;
/** Every fetch asks for all idle partitions, so one that this many passed by is not merely waiting for its turn. */
const STALL_FETCHES = 10;
const BEAT_MS = 1_000;
const DISCONNECT_MS = 30_000;

export const partitionKey = (topic: string, partition: number): string => `${topic}[${partition}]`;

/** Rejects with LogError when Kafka cannot be reached at first; afterwards it keeps trying by itself. */
export async function joinGroup(
  kafka: Kafka,
  admin: Administration,
  log: Logger,
  options: MemberOptions,
): Promise<Member> {
  let consumer: Consumer | undefined;
  let assignment: Assignment | undefined;
  let membership = new AbortController();
  let lastSign = Date.now();
  let refusedSince: number | undefined;
  let stopped = false;
  let rebuilding: Promise<void> | undefined;
  const paused = new Set<string>();
  const position = new Map<string, number>();
  const inHand = new Set<InHand>();
  const stalls = new Map<string, { at: number; since: number; fetches: number }>();
  let fetches = 0;

  const sign = (): void => {
    lastSign = Date.now();
  };

  /** The group does not know us any more. kafkajs will join anew, unless it does not notice. */
  const becomeStranger = (current: AbortController): void => {
    refusedSince ??= Date.now();
    current.abort(new LogError('unavailable', 'the group is rebalancing'));
  };

  const loseMembership = (why: string): void => {
    assignment = undefined;
    // It was noticed: a join is on its way, and may take as long as a rebalance may.
    refusedSince = undefined;
    membership.abort(new LogError('unavailable', why));
  };

  const ifRunning = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      // Between a crash and its restart there is nothing to pause; a new consumer begins without pauses.
      log.debug({ err: error }, 'the consumer is not running');
    }
  };

  const controls: MemberControls = {
    pause: (topic, partition) => {
      paused.add(partitionKey(topic, partition));
      ifRunning(() => consumer?.pause([{ topic, partitions: [partition] }]));
    },
    resume: (topic, partition) => {
      paused.delete(partitionKey(topic, partition));
      ifRunning(() => consumer?.resume([{ topic, partitions: [partition] }]));
    },
    seek: (topic, partition, offset) => {
      position.set(partitionKey(topic, partition), offset);
      consumer?.seek({ topic, partition, offset: String(offset) });
    },
  };

  const start = async (): Promise<void> => {
    const mayRestart = (): boolean => !stopped && consumer === own;
    const own = kafka.consumer(consumerConfig(options.group, mayRestart, options.partitionBytes));
    consumer = own;
    const whileOwn =
      <E>(listener: (event: E) => void) =>
      (event: E): void => {
        if (consumer === own && !stopped) listener(event);
      };
    const { GROUP_JOIN, FETCH, HEARTBEAT, END_BATCH_PROCESS, REBALANCING, CRASH } = own.events;
    own.on(
      FETCH,
      whileOwn(() => {
        sign();
        fetches++;
      }),
    );
    own.on(HEARTBEAT, whileOwn(sign));
    own.on(
      END_BATCH_PROCESS,
      whileOwn(({ payload }) => {
        sign();
        // Nothing but control records: kafkajs passes over them without asking us.
        if (payload.batchSize === 0)
          position.set(partitionKey(payload.topic, payload.partition), Number(payload.lastOffset) + 1);
      }),
    );
    own.on(
      REBALANCING,
      whileOwn(() => loseMembership('the group is rebalancing')),
    );
    own.on(
      GROUP_JOIN,
      whileOwn(({ payload }) => {
        sign();
        // A join may come without a loss being seen before, for instance when the topic got more partitions.
        loseMembership('the group formed anew');
        membership = new AbortController();
        position.clear();
        stalls.clear();
        assignment = payload.memberAssignment;
        log.info({ group: options.group, assignment }, 'joined the group');
        options.onJoin(assignment, membership.signal, controls);
      }),
    );
    own.on(
      CRASH,
      whileOwn(({ payload }) => {
        loseMembership('the consumer crashed');
        log.warn({ err: payload.error, restart: payload.restart }, 'the consumer crashed');
        if (!payload.restart) rebuild('kafkajs gave up');
      }),
    );
    try {
      await own.connect();
      await own.subscribe({ topics: [...options.topics], fromBeginning: options.fromBeginning });
      await own.run({
        // Offsets are committed when the handler says so, never by a timer.
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: options.concurrency,
        eachBatch: handleBatch,
      });
    } catch (error) {
      await disconnect(own);
      throw toLogError(error, `consume ${options.topics.join(', ')}`);
    }
  };

  const handleBatch = async ({
    batch,
    heartbeat,
    resolveOffset,
    commitOffsetsIfNecessary,
    isRunning,
    isStale,
  }: EachBatchPayload): Promise<void> => {
    const { topic, partition } = batch;
    const key = partitionKey(topic, partition);
    const current = membership;
    const mustLeave = (): boolean =>
      current.signal.aborted || !isRunning() || isStale() || paused.has(key) || isElsewhere();
    const isElsewhere = (): boolean =>
      [...inHand].some((one) => one.key === key && one.membership !== current);
    const beat = async (): Promise<void> => {
      try {
        await heartbeat();
      } catch (error) {
        // Rebalances are ours to notice and kafkajs' to act on; other failures it will meet again at the next fetch.
        if (isMembershipLost(error)) becomeStranger(current);
        else log.debug({ err: error }, 'a heartbeat failed');
      }
    };
    // Until kafkajs notices the rebalance too, it would fetch the same batch again and again; so it would while a handler
    // of a membership that has ended still has a slice of this partition.
    if (current.signal.aborted || isElsewhere()) {
      if (current.signal.aborted) await over(current);
      return sleep(100);
    }
    const end = Number(batch.lastOffset()) + 1;
    await options.onBatch({
      topic,
      partition,
      records: takeRecords(batch),
      end,
      mustLeave,
      work: async (task) => {
        const timer = setInterval(() => void beat(), BEAT_MS);
        const working = task(current.signal);
        const one = { key, since: Date.now(), membership: current, over: working };
        inHand.add(one);
        try {
          return await working;
        } finally {
          clearInterval(timer);
          inHand.delete(one);
          sign();
          await beat();
        }
      },
      commit: async (offset) => {
        // With another membership it may be somebody else's partition, and kafkajs would commit it all the same.
        if (membership !== current) return false;
        try {
          const partitions = [{ partition, offset: String(offset) }];
          await commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
          refusedSince = undefined;
          return true;
        } catch (error) {
          if (isMembershipLost(error)) becomeStranger(current);
          log.info({ topic, partition, offset, err: error }, 'an offset could not be committed');
          return false;
        }
      },
      advance: (offset) => {
        resolveOffset(String(offset - 1));
        position.set(key, offset);
      },
      rewind: (offset) => {
        if (membership !== current) return false;
        ifRunning(() => controls.seek(topic, partition, offset));
        return true;
      },
    });
    if (current.signal.aborted) await over(current);
  };

  /** kafkajs joins anew when its handlers are through, so they wait for what they have left in hand. */
  const over = async (ended: AbortController): Promise<void> => {
    await Promise.allSettled([...inHand].filter((one) => one.membership === ended).map((one) => one.over));
  };

  const rebuild = (why: string): void => {
    if (stopped || rebuilding !== undefined) return;
    log.warn({ group: options.group, why }, 'building the consumer anew');
    const task = async (): Promise<void> => {
      loseMembership(why);
      await disconnect(consumer);
      paused.clear();
      for (let wait = 500; !stopped; wait = Math.min(wait * 2, 15_000)) {
        try {
          await start();
          return;
        } catch (error) {
          log.warn({ err: error, retryInMs: wait }, 'the consumer could not be built anew');
          await sleep(wait);
        }
      }
    };
    rebuilding = task().finally(() => {
      sign();
      rebuilding = undefined;
    });
  };

  const disconnect = async (old: Consumer | undefined): Promise<void> => {
    const giveUp = new AbortController();
    try {
      await Promise.race([old?.disconnect(), sleep(DISCONNECT_MS, undefined, { signal: giveUp.signal })]);
    } catch (error) {
      log.debug({ err: error }, 'the consumer did not disconnect cleanly');
    } finally {
      giveUp.abort();
    }
  };

  const diagnosis = (): Diagnosis => {
    const now = Date.now();
    const oldest = (starts: Iterable<number>): number =>
      Math.max(0, ...[...starts].map((start) => now - start));
    return diagnose({
      joined: assignment !== undefined,
      refusedMs: refusedSince === undefined ? 0 : now - refusedSince,
      silentMs: now - lastSign,
      inHandMs: oldest([...inHand].map(({ since }) => since)),
      stalledMs: oldest(
        [...stalls.values()]
          .filter((stall) => fetches - stall.fetches >= STALL_FETCHES)
          .map(({ since }) => since),
      ),
    });
  };

  /** Notes which of our partitions have records that nobody reads. A broker that does not answer is no evidence. */
  const lookForStalls = async (): Promise<boolean> => {
    try {
      for (const topic of options.topics) {
        const offsets = await admin.offsets(topic);
        for (const { partition, high } of offsets) {
          const key = partitionKey(topic, partition);
          const at = position.get(key);
          const busy = paused.has(key) || [...inHand].some((one) => one.key === key);
          const idle = assignment?.[topic]?.includes(partition) && !busy;
          if (!idle || at === undefined || at >= high) stalls.delete(key);
          else if (stalls.get(key)?.at !== at) stalls.set(key, { at, since: Date.now(), fetches });
        }
      }
      return true;
    } catch (error) {
      log.debug({ err: error }, 'Kafka did not answer the watchdog');
      return false;
    }
  };

  let checking = false;
  let lastCheck = Date.now();
  const watch = async (): Promise<void> => {
    const silent = diagnosis().rebuild;
    if (checking || rebuilding !== undefined || (!silent && Date.now() - lastCheck < STALL_CHECK_MS)) return;
    checking = true;
    lastCheck = Date.now();
    const answers = await lookForStalls();
    checking = false;
    const { rebuild: needed, detail } = diagnosis();
    if (needed && answers && !stopped) rebuild(detail);
  };

  await start();
  const watchdog = setInterval(() => void watch(), WATCH_MS);
  watchdog.unref();

  return {
    ...controls,
    diagnosis,
    stop: async () => {
      stopped = true;
      clearInterval(watchdog);
      loseMembership('the consumer is closing');
      const held = [...inHand].map((one) => one.over);
      await Promise.race([Promise.allSettled(held), sleep(DISCONNECT_MS, undefined, { ref: false })]);
      await disconnect(consumer);
      await rebuilding;
    },
  };
}
