import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { TrainInput, TrainedModel, TrainingActivities } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures } from '../plan.ts';
import { codeOf } from './code.ts';
import { runCommand } from './command.ts';
import { progressIn, withHeartbeats, type TrainingProgress } from './heartbeats.ts';
import { mediaTypeOf } from './media-type.ts';
import { inScratch } from './scratch.ts';
import { progressTeller } from './tell-progress.ts';
import { trainerArgv } from '../../domain/retraining/index.ts';
import { openTrainingLog, trainingFolder, type TrainingFolder, type TrainingLog } from './training-folder.ts';

/** Name of the file that says which code was trained with; the command's own files may not have it. */
export const PROVENANCE = 'provenance';

/**
 * Runs the training command in an empty folder and keeps every file that it leaves there, and all that it said. Throws
 * `TrainingFailed` or `TrainingLost` with the log among its details.
 */
export function trainModel(context: ActivityContext): TrainingActivities['trainModel'] {
  return (input) =>
    withHeartbeats('train', async (say) => {
      const folder = trainingFolder(context, input);
      const { attempt } = Context.current().info;
      const log = await evidenceFailures('the log', () => openTrainingLog(folder.log, attempt));
      const tell = progressTeller(context);
      const run: Run = {
        folder,
        write: log.write,
        say: (progress) => tell(say(progress)),
      };
      let trained: TrainedModel;
      try {
        trained = await inScratch(context.scratchDir, (dir) => train(context, input, dir, run));
      } catch (error) {
        throw await withLog(context, error, folder, log);
      }
      // A disk that is full must not undo a training that is done; what came into the log is kept.
      await log.end().catch(() => undefined);
      const ref = await keepLog(context, folder);
      await folder.remove();
      return { ...trained, log: ref };
    });
}

interface Run {
  readonly folder: TrainingFolder;
  write(text: string): void;
  say(progress: Partial<TrainingProgress>): void;
}

async function train(
  context: ActivityContext,
  { retraining: { retraining }, data }: TrainInput,
  dir: string,
  { folder, write, say }: Run,
): Promise<TrainedModel> {
  const { trainer } = retraining;
  const started = performance.now();
  const input = join(dir, data.data.name);
  // The store's files have no ending, and trainers may look at it.
  await symlink(await evidenceFailures('the training data', () => context.evidence.path(data.data)), input);
  const out = join(dir, 'out');
  await mkdir(out);
  const code = await codeOf(trainer);
  const checkpoint = trainer.checkpoint
    ? { checkpoint: await evidenceFailures('the checkpoint', () => folder.checkpoint()) }
    : {};
  await runCommand({
    argv: trainerArgv(trainer, { data: input, out, ...checkpoint }),
    cwd: trainer.cwd,
    onOutput: write,
    onLine: (line) => {
      const progress = progressIn(line);
      if (progress !== undefined) say(progress);
    },
  });
  const seconds = Math.round(performance.now() - started) / 1000;
  say({ phase: 'store' });
  const files = await keepFiles(context, out);
  const provenance = await context.evidence.put(JSON.stringify({ schema: 1, code }), {
    name: `${PROVENANCE}.json`,
    mediaType: 'application/json',
  });
  return { files: { ...files, [PROVENANCE]: provenance }, seconds, code };
}

/** What a training ends with when it fails: the log goes with it, and the folder goes when nobody will try again. */
async function withLog(
  context: ActivityContext,
  error: unknown,
  folder: TrainingFolder,
  log: TrainingLog,
): Promise<unknown> {
  // What ended the training is the news, not a disk that is full as well.
  await log.end().catch(() => undefined);
  const failed = error instanceof ApplicationFailure;
  const ref = failed ? await keepLog(context, folder).catch(() => undefined) : undefined;
  // A worker that shuts down is a cancellation too, and another one goes on.
  const over = failed
    ? error.nonRetryable
    : error instanceof CancelledFailure && error.message === 'CANCELLED';
  if (over) await folder.remove();
  if (!failed || ref === undefined) return error;
  return ApplicationFailure.create({
    ...(error.type ? { type: error.type } : {}),
    message: error.message,
    nonRetryable: error.nonRetryable === true,
    details: [{ log: ref }],
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });
}

function keepLog(context: ActivityContext, folder: TrainingFolder): Promise<EvidenceRef> {
  return evidenceFailures('the log', () =>
    context.evidence.putFile(folder.log, { name: 'training.log', mediaType: 'text/plain' }),
  );
}

/** Every file of the folder by its name without ending. Hidden ones are a command's own half-written work. */
async function keepFiles(context: ActivityContext, out: string): Promise<Record<string, EvidenceRef>> {
  const files: Record<string, EvidenceRef> = {};
  const entries = await readdir(out, { withFileTypes: true });
  for (const entry of entries.filter(({ name }) => !name.startsWith('.')).sort(byName)) {
    const { name } = parse(entry.name);
    const wrong = entry.isFile()
      ? Object.hasOwn(files, name) || name === PROVENANCE
        ? `more than one file that is called ${name}`
        : undefined
      : `${entry.name}, which is no file`;
    if (wrong !== undefined) {
      throw failure('TrainingFailed', `the training command left ${wrong}; leave files with a name each`);
    }
    const label = { name: entry.name, mediaType: mediaTypeOf(entry.name) };
    files[name] = await evidenceFailures(entry.name, () =>
      context.evidence.putFile(join(out, entry.name), label),
    );
  }
  for (const name of ['model', 'signature']) {
    if (files[name] === undefined) {
      const left = Object.values(files).map((file) => file.name);
      throw failure(
        'TrainingFailed',
        `the training command left no file called ${name}; it left ${left.join(', ') || 'nothing'}`,
      );
    }
  }
  return files;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
