import type { Client } from '@temporalio/client';
import { modelQueries } from '../contracts/messages.ts';
import type { DriftAccount } from '../domain/model/index.ts';
import { modelOf } from './retrain.ts';
import { asSeatrialError } from './workflow-errors.ts';

const QUERY_MS = 10_000;

/**
 * What a model received of drift, what became of it, and what may still follow. Throws `SeatrialError` USAGE,
 * RELEASE_UNKNOWN (nobody released it and no monitor spoke of it) or UNAVAILABLE.
 */
export async function driftAccount(client: Client, model: string): Promise<DriftAccount> {
  const id = modelOf(model);
  try {
    // Without a worker a query hangs until its deadline, by default half a minute.
    return await client.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflow.getHandle(id).query<DriftAccount>(modelQueries.drift),
    );
  } catch (error) {
    throw asSeatrialError(error, id);
  }
}
