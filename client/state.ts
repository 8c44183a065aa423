import type { Client } from '@temporalio/client';
import { releaseQueries } from '../contracts/messages.ts';
import { serves } from '../contracts/release-view.ts';
import type { ReleaseView } from '../contracts/release-view.ts';
import { SeatrialError } from './errors.ts';
import { asSeatrialError } from './workflow-errors.ts';

const QUERY_MS = 10_000;

/** What a release says of itself now. Needs a worker. Throws `SeatrialError` RELEASE_UNKNOWN or UNAVAILABLE. */
export async function queryState(client: Client, release: string): Promise<ReleaseView> {
  try {
    // Without a worker a query hangs until its deadline, by default half a minute.
    const ask = () => client.workflow.getHandle(release).query<ReleaseView>(releaseQueries.state);
    return await client.withDeadline(Date.now() + QUERY_MS, ask);
  } catch (error) {
    throw asSeatrialError(error, release);
  }
}

export interface WaitOptions {
  /** Milliseconds; for ever unless given. */
  readonly timeoutMs?: number;
  /** Called with the first view and with every one that differs from the last. */
  readonly onChange?: (view: ReleaseView) => void;
  readonly signal?: AbortSignal;
}

/** Nothing more will happen by itself: the version serves, or the release is over. */
export const isSettled = (view: ReleaseView): boolean => view.outcome !== null || serves(view);

const POLL_MS = 1_000;

/** Follows a release until it is live or over. Throws `SeatrialError` TIMEOUT. A worker that is away is waited for. */
export async function waitForRelease(
  client: Client,
  release: string,
  { timeoutMs = Infinity, onChange, signal }: WaitOptions = {},
): Promise<ReleaseView> {
  const until = Date.now() + timeoutMs;
  let last = '';
  for (;;) {
    const view = await queryState(client, release).catch((error: unknown) => {
      if (error instanceof SeatrialError && error.code === 'UNAVAILABLE' && Date.now() < until)
        return undefined;
      throw error;
    });
    if (view) {
      const text = JSON.stringify(view);
      if (text !== last) onChange?.(view);
      last = text;
      if (isSettled(view)) return view;
    }
    signal?.throwIfAborted();
    if (Date.now() + POLL_MS > until) {
      const now = view ? `It is ${view.situation}: ${view.headline}` : 'It did not answer.';
      throw new SeatrialError(
        'TIMEOUT',
        `${release} is not finished after ${Math.round(timeoutMs / 1_000)} s. ${now}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
