import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable, type LedgerFeed, type Unread } from '../../adapters/ledger/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { SinkAway, type Sink } from './sink.ts';

const BATCH = 500;
const IDLE_MS = 1_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export interface Following {
  /** Why the sink is told nothing now, and since when; null while all is well. */
  readonly away: { readonly reason: string; readonly since: number } | null;
  /** Streams whose facts the sink would not take, and why. They are tried again. */
  readonly setAside: ReadonlyMap<string, { readonly reason: string; readonly tries: number }>;
  /** Facts told since the start. */
  readonly told: number;
  /** True when the last look found nothing left to tell. */
  readonly caughtUp: boolean;
}

export interface Follower {
  readonly sink: Sink;
  now(): Following;
  stop(): Promise<void>;
}

interface SetAside {
  readonly reason: string;
  readonly tries: number;
  /** Milliseconds of `performance.now()`. */
  readonly until: number;
}

/**
 * Tells one sink what the ledger says, for ever: at least once, in order within a stream. A sink that is away is waited for;
 * facts that it will not take hold up their own stream only.
 */
export function follow(feed: LedgerFeed, sink: Sink, log: Logger): Follower {
  const stopping = new AbortController();
  const { signal } = stopping;
  const setAside = new Map<string, SetAside>();
  let away: { reason: string; since: number; tries: number } | null = null;
  let told = 0;
  let caughtUp = false;

  async function look(): Promise<void> {
    const resting = [...setAside].flatMap(([stream, { until }]) =>
      until > performance.now() ? [stream] : [],
    );
    const streams = await feed.unread(BATCH, resting);
    caughtUp = streams.length === 0 && resting.length === 0;
    for (const unread of streams) {
      if (signal.aborted) return;
      await tell(unread);
    }
    if (streams.length === 0) await rest(IDLE_MS);
  }

  async function tell({ stream, entries }: Unread): Promise<void> {
    try {
      await sink.take(entries);
    } catch (error) {
      if (error instanceof SinkAway) throw error;
      const tries = (setAside.get(stream)?.tries ?? 0) + 1;
      const reason = reasonOf(error);
      setAside.set(stream, { reason, tries, until: performance.now() + wait(tries) });
      log.warn({ sink: sink.name, stream, tries, err: error }, 'facts set aside, to be told again');
      return;
    }
    const last = entries.at(-1)?.seq;
    if (last !== undefined) await feed.confirm(stream, last);
    told += entries.length;
    setAside.delete(stream);
  }

  const rest = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => undefined);

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await look();
        if (away) log.info({ sink: sink.name }, 'the sink is back');
        away = null;
      } catch (error) {
        const tries = (away?.tries ?? 0) + 1;
        const since = away?.since ?? performance.now();
        if (!(error instanceof SinkAway || error instanceof LedgerUnavailable) || tries === 1)
          log.warn({ sink: sink.name, err: error }, 'nothing can be told now');
        away = { reason: reasonOf(error), since, tries };
        await rest(wait(tries));
      }
    }
  }

  const running = run();
  return {
    sink,
    now: () => ({ away, setAside, told, caughtUp }),
    stop: async () => {
      stopping.abort();
      await running;
      await sink.close();
    },
  };
}

const wait = (tries: number): number => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
