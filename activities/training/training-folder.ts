import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { TrainInput } from '../../contracts/activities.ts';
import { liveLogOf, trainingFolderOf } from '../../contracts/training-folder.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';
import type { ActivityContext } from '../context.ts';

/** Past this a command's words are no longer kept: the log becomes evidence, and evidence is read whole. */
const LONGEST_LOG = 64 * 1024 * 1024;

/**
 * What a training has beside its scratch: the log while it runs, and the command's checkpoints. Both outlive the worker, and are
 * there for the next attempt; `remove` when there will be none.
 */
export interface TrainingFolder {
  readonly log: string;
  /** Made when it is asked for. Another for other data, another command or another seed: what was learnt from those is not this. */
  checkpoint(): Promise<string>;
  remove(): Promise<void>;
}

export function trainingFolder(context: ActivityContext, { retraining, data }: TrainInput): TrainingFolder {
  const root = context.trainingDir ?? join(tmpdir(), 'seatrial-training');
  const { model, decision } = retraining;
  const { command, arguments: args, seed } = retraining.retraining.trainer;
  return {
    log: join(root, liveLogOf(model, decision)),
    checkpoint: async () => {
      const same = canonicalJson({ data: data.data.sha256, command, arguments: args, seed });
      const mark = createHash('sha256').update(same).digest('hex').slice(0, 12);
      const dir = join(root, trainingFolderOf(model, decision), `checkpoint-${mark}`);
      await mkdir(dir, { recursive: true });
      return dir;
    },
    remove: () => rm(join(root, trainingFolderOf(model, decision)), { recursive: true, force: true }),
  };
}

/** A log that is appended to: an attempt that follows a lost worker goes on below what that one left. */
export interface TrainingLog {
  write(text: string): void;
  /** Resolves when all is in the file. */
  end(): Promise<void>;
}

export async function openTrainingLog(path: string, attempt: number): Promise<TrainingLog> {
  await mkdir(join(path, '..'), { recursive: true });
  const file: WriteStream = createWriteStream(path, { flags: 'a' });
  // A disk that is full must not end a training that may still succeed; its end says what became of the log.
  let failed: Error | undefined;
  file.on('error', (error) => (failed ??= error));
  let written = 0;
  const write = (text: string): void => {
    if (written > LONGEST_LOG || failed) return;
    written += text.length;
    file.write(written > LONGEST_LOG ? `${text}\n[the rest is not kept: the log is too long]\n` : text);
  };
  if (attempt > 1) write(`[attempt ${attempt}, ${new Date().toISOString()}]\n`);
  return {
    write,
    end: async () => {
      file.end();
      if (!failed) await finished(file).catch((error: Error) => (failed = error));
      if (failed) throw failed;
    },
  };
}
