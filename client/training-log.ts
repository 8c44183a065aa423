import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EvidenceStore } from '../adapters/evidence/index.ts';
import type { Ledger } from '../adapters/ledger/index.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { Plan } from '../contracts/plan.ts';
import { liveLogOf } from '../contracts/training-folder.ts';
import { modelOf } from '../domain/lineage/index.ts';
import type { RetrainingEvent } from '../domain/retraining/index.ts';
import { SeatrialError } from './errors.ts';
import { streamMeantBy } from './lineage.ts';

export interface LogPlaces {
  readonly ledger: Ledger;
  readonly evidence: EvidenceStore;
  /** Where running trainings write; it may be on another machine, and then only what is over can be read. */
  readonly trainingDir: string;
}

export interface LogOptions {
  /** Goes on until the training is over. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

const LOOK_MS = 500;

/**
 * What the training command of a retraining said, in pieces as they come: from the evidence store once it is over, else from the file
 * that it writes. Asked for by release or decision. Throws `SeatrialError` RELEASE_UNKNOWN where no retraining made the release, or
 * nothing was said.
 */
export async function* trainingLog(
  { ledger, evidence, trainingDir }: LogPlaces,
  what: string,
  { follow = false, signal }: LogOptions = {},
): AsyncGenerator<Buffer> {
  const stream = await retrainingOf(ledger, what);
  const model = modelOf(stream);
  const live = join(trainingDir, liveLogOf(model, stream.slice(`retraining/${model}/`.length)));
  let seen = 0;
  for (;;) {
    const { log, ended } = await endOf(ledger, stream);
    if (log) {
      // The same bytes as in the file, which may have ended between two looks.
      const whole = await evidence.get(log);
      if (whole.length > seen) yield whole.subarray(seen);
      return;
    }
    const more = await readFrom(live, seen);
    if (more.length > 0) yield more;
    seen += more.length;
    if (ended || !follow) break;
    await sleep(LOOK_MS, undefined, signal ? { signal } : {});
  }
  if (seen === 0)
    throw new SeatrialError('RELEASE_UNKNOWN', `No training of ${stream} has said anything that is kept.`);
}

async function retrainingOf(ledger: Ledger, what: string): Promise<string> {
  const stream = await streamMeantBy(ledger, what);
  if (stream.startsWith('retraining/')) return stream;
  if (!stream.startsWith('release/'))
    throw new SeatrialError(
      'USAGE',
      `${what} has many trainings: name a release, or a retraining's decision.`,
    );
  const [first] = await ledger.read(stream, { limit: 1 });
  const plan = first?.data['plan'] as unknown as Plan | undefined;
  const decision = plan?.lineage?.['decision'];
  if (typeof decision === 'string') return `retraining/${modelOf(stream)}/${decision}`;
  throw new SeatrialError('RELEASE_UNKNOWN', `No retraining made ${stream}: a person brought that version.`);
}

async function endOf(
  ledger: Ledger,
  stream: string,
): Promise<{ log: EvidenceRef | undefined; ended: boolean }> {
  const events = (await ledger.read(stream)) as unknown as readonly RetrainingEvent[];
  let log: EvidenceRef | undefined;
  for (const event of events)
    if (event.type === 'ModelTrained' || event.type === 'RetrainingEnded')
      log ??= event.data.log ?? undefined;
  return { log, ended: events.some(({ type }) => type === 'RetrainingEnded') };
}

/** Bytes from an offset to the end; none while there is no file. */
async function readFrom(path: string, offset: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const more = Buffer.alloc(Math.max(0, size - offset));
      const { bytesRead } = await file.read(more, 0, more.length, offset);
      return more.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
