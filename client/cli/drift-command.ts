import type { Command } from 'commander';
import type { DriftAccount } from '../index.ts';
import { withSeatrial } from './context.ts';
import { columns, paint, show, type OutputOptions } from './output.ts';

const SHOWN = 10;

/** `seatrial drift MODEL`. */
export function addDriftCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('drift')
      .description(
        'show what drift a model heard of: events by bucket, decisions and why not, budgets, offsets',
      )
      .argument('<model>'),
  ).action((model: string, options: OutputOptions) =>
    withSeatrial(options, async (seatrial) => {
      const account = await seatrial.drift(model);
      show(options, account, () => driftText(account));
    }),
  );
}

/** The page for people: newest first, and nothing where there is nothing to say. */
export function driftText(account: DriftAccount): string {
  const { model, champion, received, buckets, redelivered, watermarks, outcomes, notes } = account;
  const counts = Object.entries(buckets).map(([bucket, count]) => [bucket, String(count)]);
  return [
    `${paint('bold', model)}: ${champion ?? 'no version'} serves; ${received} drift events took effect, each in one bucket`,
    indented([...counts, ['redelivered', `${redelivered} (beside the sum)`]]),
    ...situation(account),
    ...budget(account),
    section(
      'What became of events, newest first',
      newestOf(outcomes).map(({ at, bucket, count = 1, id, reason }) => [
        at,
        bucket,
        count === 1 ? id : `${id} and ${count - 1} more`,
        reason,
      ]),
    ),
    section(
      'Decisions, newest first',
      newestOf(notes).map(({ at, what, about, reason }) => [at, what, about, reason]),
    ),
    section(
      'Last offset that took effect',
      Object.entries(watermarks).map(([partition, offset]) => [partition, String(offset)]),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function situation({ running, queued, held, incidents }: DriftAccount): string[] {
  return [
    ...incidents.map(({ incident, headline }) => paint('red', `incident ${incident} is open: ${headline}`)),
    held ? paint('yellow', `retraining ${held.decision} awaits a person: ${held.why}`) : '',
    running ? `retraining ${running.decision} is under way: ${running.reason}` : '',
    queued ? `retraining ${queued.decision} waits for its end` : '',
  ];
}

function budget({ budget }: DriftAccount): string[] {
  if (budget === null) return ['the release that serves has no retraining settings: nothing is ever started'];
  const { asOf, day, thirtyDays, restsUntil } = budget;
  const left = ({ used, of }: { readonly used: number; readonly of: number }): string =>
    `${Math.max(0, of - used)} of ${of}`;
  const days = day === null ? '' : `, ${left(day)} in 24 hours`;
  return [
    `retrainings left: ${left(thirtyDays)} in 30 days${days}${asOf === null ? '' : ` (for evidence up to ${asOf})`}`,
    restsUntil === null ? '' : `cool-down: evidence that ends before ${restsUntil} starts nothing`,
  ];
}

const newestOf = <T>(all: readonly T[]): T[] => all.slice(-SHOWN).reverse();

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `\n${paint('bold', title)}\n${indented(rows)}`;
}

function indented(rows: readonly (readonly string[])[]): string {
  return columns(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]));
}
