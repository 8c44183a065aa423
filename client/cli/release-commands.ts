import { InvalidArgumentError, type Command } from 'commander';
import { parseDuration, DURATION_RULE } from '../../contracts/schemas/duration.ts';
import type { Decision } from '../index.ts';
import { withSeatrial } from './context.ts';
import { exitCodes, exitOfView } from './exit-codes.ts';
import { paint, show, type OutputOptions } from './output.ts';
import { releaseLine, releasePage, releaseTable } from './release-text.ts';
import { waitingText } from '../waiting-stages.ts';
import { watchRelease, type WatchOptions } from './watch.ts';

/** Commands that start, show and steer releases. */
export function addReleaseCommands(program: Command, withOutput: (command: Command) => Command): void {
  const command = (name: string, about: string): Command =>
    withOutput(program.command(name).description(about));

  command('start', 'start a release from a release file')
    .argument('<file>')
    .option('-w, --watch', 'follow it until it is live or over')
    .option('--timeout <duration>', 'give up watching after this, such as 30m', duration)
    .action(start);
  command('list', 'list releases, newest first')
    .option('--awaiting <role>', 'only those that wait for somebody of this role')
    .option('--model <model>', 'only those of this model')
    .option('--running', 'only those that are still going on')
    .option('--limit <number>', 'at most so many', positive, 100)
    .action(list);
  command('get', 'show a release: steps, checks, and what is asked of whom')
    .argument('<release>', 'MODEL/VERSION')
    .option('-w, --watch', 'follow it until it is live or over')
    .action(get);
  command('status', 'say in one line, and in the exit code, how a release stands')
    .argument('<release>', 'MODEL/VERSION')
    .option('-w, --watch', 'wait until it is live or over')
    .option('--timeout <duration>', 'give up waiting after this, such as 30m', duration)
    .action(status);

  for (const decision of ['approve', 'reject'] as const) {
    const one = command(decision, `${decision} at an open gate`)
      .argument('<release>', 'MODEL/VERSION')
      .argument('<gate>')
      .requiredOption('--as <person>', 'who decides')
      .option('--role <role>', 'for which role, when the person holds several')
      .option('--evidence <digest>', 'digest of what you looked at; what the gate shows now unless given');
    if (decision === 'reject') one.requiredOption('--reason <text>', 'why');
    else one.option('--reason <text>', 'why');
    one.action((release: string, gate: string, options: Decision & OutputOptions) =>
      decide(decision, release, gate, options),
    );
  }

  for (const [name, about] of operations) {
    command(name, about)
      .argument('<release>', 'MODEL/VERSION')
      .requiredOption('--as <person>', 'who asks for it')
      .requiredOption('--reason <text>', 'why')
      .action((release: string, options: OperateOptions) => operate(name, release, options));
  }

  command('skip', 'leave out the stage that is held, with a reason; a second person signs for it')
    .argument('<release>', 'MODEL/VERSION')
    .argument('<stage>')
    .requiredOption('--as <person>', 'who signs for it; not who asked for the release')
    .requiredOption('--reason <text>', 'why')
    .action(async (release: string, stage: string, { as, reason, output }: OperateOptions) => {
      await withSeatrial({ output }, async (seatrial) => {
        const view = await seatrial.skip(release, { stage, by: as, reason });
        show({ output }, view, () => releaseLine(view));
      });
    });
}

const operations = [
  ['pause', 'begin no further step until it is resumed'],
  ['resume', 'go on after a pause'],
  ['abort', 'end a release; traffic goes back to the champion'],
  ['retry', 'try a held stage again'],
  ['rollback', 'take a version back; traffic goes to the one before'],
] as const;

interface StartCommand extends WatchOptions {
  readonly watch?: boolean;
}

async function start(file: string, options: StartCommand): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    const { release, runId, planRef, warnings } = await seatrial.startRelease(file);
    for (const warning of warnings) process.stderr.write(`${warning}\n`);
    const link = seatrial.linkTo(release);
    if (!(options.watch && options.output === 'json')) {
      show(options, { release, runId, plan: planRef.sha256, link: link ?? null }, () =>
        [`${paint('green', 'started')} ${release}, plan ${planRef.sha256.slice(0, 12)}`, link]
          .filter(Boolean)
          .join('\n'),
      );
    }
    if (options.watch) await watchRelease(seatrial, release, options);
  });
}

interface ListCommand extends OutputOptions {
  readonly awaiting?: string;
  readonly model?: string;
  readonly running?: boolean;
  readonly limit: number;
}

async function list({ awaiting, model, running, limit, output }: ListCommand): Promise<void> {
  await withSeatrial({ output }, async (seatrial) => {
    const releases = await seatrial.listReleases({
      limit,
      ...(awaiting === undefined ? {} : { pendingRole: awaiting }),
      ...(model === undefined ? {} : { model }),
      ...(running === undefined ? {} : { running }),
    });
    show({ output }, releases, () => releaseTable(releases));
  });
}

async function get(release: string, options: OutputOptions & { watch?: boolean }): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    if (options.watch) return watchRelease(seatrial, release, options);
    const view = await seatrial.getRelease(release);
    const waiting = await seatrial.waitingStages(release);
    show(options, view, () =>
      [
        releasePage(view, seatrial.linkTo(release)),
        ...waiting.map((one) => paint('yellow', waitingText(one))),
      ].join('\n'),
    );
  });
}

async function status(release: string, options: StartCommand): Promise<void> {
  await withSeatrial(options, async (seatrial) => {
    if (options.watch) return watchRelease(seatrial, release, options);
    const view = await seatrial.getRelease(release);
    const exit = exitOfView(view);
    process.exitCode = exitCodes[exit].code;
    const { situation, paused, step, headline, outcome, outcomeReason } = view;
    show(
      options,
      {
        release: `release/${view.model}/${view.version}`,
        situation,
        paused,
        step,
        headline,
        outcome,
        outcomeReason,
      },
      () => releaseLine(view),
    );
  });
}

async function decide(
  decision: 'approve' | 'reject',
  release: string,
  gate: string,
  options: Decision & OutputOptions,
): Promise<void> {
  const { as, role, evidence, reason = '', output } = options;
  await withSeatrial({ output }, async (seatrial) => {
    const words: Decision & { reason: string } = {
      as,
      reason,
      ...(role === undefined ? {} : { role }),
      ...(evidence === undefined ? {} : { evidence }),
    };
    const taken = await seatrial[decision](release, gate, words);
    show({ output }, taken, () => {
      const done = decision === 'approve' ? paint('green', 'approved') : paint('red', 'rejected');
      return `${done} gate ${gate} of ${taken.release} as ${as}, for evidence ${taken.evidence.slice(0, 12)}`;
    });
  });
}

interface OperateOptions extends OutputOptions {
  readonly as: string;
  readonly reason: string;
}

async function operate(
  command: (typeof operations)[number][0],
  release: string,
  { as, reason, output }: OperateOptions,
): Promise<void> {
  await withSeatrial({ output }, async (seatrial) => {
    const view = await seatrial[command](release, { by: as, reason });
    show({ output }, view, () => releaseLine(view));
  });
}

function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError(DURATION_RULE);
  return seconds;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('use a whole number of 1 or more');
  return number;
}
