import { randomUUID } from 'node:crypto';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { sha256, type Ledger } from '../../adapters/ledger/index.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import type { ReleaseEvent } from '../../domain/release/index.ts';
import { SeatrialError } from '../errors.ts';
import { appendBeside, logAccess } from '../evidence.ts';
import { reproduce, type ReproduceOptions } from './reproduce.ts';
import {
  REPRODUCED,
  reproductionStream,
  type Reproduction,
  type TrainingReproduced,
} from './reproduction.ts';

export type { ReproduceOptions } from './reproduce.ts';
export type { Reproduction } from './reproduction.ts';

/**
 * Runs a release's training again from nothing but its ledger and its evidence, and compares the answers of both models. Every file that is
 * read goes into the access log under `by`, and the result into the ledger, with a document of it in the evidence store.
 * Throws `SeatrialError` RELEASE_UNKNOWN, and USAGE for a ledger that does not verify.
 */
export async function reproduceRelease(
  { ledger, evidence }: { readonly ledger: Ledger; readonly evidence: EvidenceStore },
  release: string,
  { by, ...options }: ReproduceOptions & { readonly by: string },
): Promise<Reproduction> {
  const plan = await planOf(ledger, release);
  const fetch = async (ref: Plan['artifact']): Promise<string> => {
    const path = await evidence.path(ref);
    await logAccess(ledger, release, ref, by);
    return path;
  };
  return reproduce({ release, plan, fetch }, options, async (result, log) => {
    const text = `${JSON.stringify({ schema: 1, by, ...result }, null, 1)}\n`;
    const report = await evidence.put(text, { name: 'reproduction.json', mediaType: 'application/json' });
    const said =
      log === undefined
        ? {}
        : { log: await evidence.putFile(log, { name: 'reproduction.log', mediaType: 'text/plain' }) };
    const { outcome, summary } = result;
    const data: TrainingReproduced = { id: randomUUID(), by, outcome, summary, report, ...said };
    await appendBeside(ledger, reproductionStream(release), {
      type: REPRODUCED,
      data: data as unknown as JsonObject,
    });
  });
}

async function planOf(ledger: Ledger, release: string): Promise<Plan> {
  const entries = await ledger.read(release);
  const [first] = entries as unknown as readonly ReleaseEvent[];
  if (first?.type !== 'ReleaseRequested')
    throw new SeatrialError('RELEASE_UNKNOWN', `The ledger has no entry of ${release}.`);
  const verified = verifyChain(entries, sha256);
  if (!verified.valid)
    throw new SeatrialError(
      'USAGE',
      `The ledger of ${release} does not verify; look at it with \`seatrial verify\`.`,
    );
  return first.data.plan;
}
