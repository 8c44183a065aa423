import { InvalidArgumentError, type Command } from 'commander';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { listDeadLetters, replayDeadLetters, showDeadLetter } from '../dlq.ts';
import type { DeadLetter, DeadLetterDetail, Replay } from '../dlq.ts';
import { SeatrialError } from '../errors.ts';
import { clientSettings, required } from '../settings.ts';
import { exitCodes } from './exit-codes.ts';
import { columns, fail, paint, show, type OutputOptions } from './output.ts';

/** Commands about drift events that ingest could not take. */
export function addDlqCommands(program: Command, withOutput: (command: Command) => Command): void {
  const dlq = program
    .command('dlq')
    .description('look at drift events that could not be taken, and send them again');
  withOutput(
    dlq.command('list').description('the newest dead letters, with where they were and why they are here'),
  )
    .option('--limit <number>', 'at most so many', limit, 50)
    .action((options: OutputOptions & { limit: number }) =>
      withLog(options, async (log) => {
        const letters = await listDeadLetters(log, options.limit);
        show(options, letters, () => table(letters));
      }),
    );
  withOutput(dlq.command('show').description('one dead letter, with headers and value'))
    .argument('<letter>', 'PARTITION:OFFSET, as `dlq list` shows it')
    .action((letter: string, options: OutputOptions) =>
      withLog(options, async (log) => {
        const detail = await showDeadLetter(log, letter);
        show(options, detail, () => page(detail));
      }),
    );
  withOutput(
    dlq.command('replay').description('check dead letters again and write the good ones to their topic'),
  )
    .argument('<letter...>', 'PARTITION:OFFSET, one or more')
    .action((letters: string[], options: OutputOptions) =>
      withLog(options, async (log) => {
        const replays = await replayDeadLetters(log, letters);
        if (replays.some(({ replayed }) => !replayed)) process.exitCode = exitCodes.refused.code;
        show(options, replays, () => replays.map(line).join('\n'));
      }),
    );
}

async function withLog(options: OutputOptions, work: (log: EventLog) => Promise<void>): Promise<void> {
  let log: EventLog | undefined;
  try {
    const brokers = required(clientSettings(), 'kafkaBrokers');
    // Loaded only here: the other commands need no Kafka.
    const { LogError, connectLog, kafkaSettings } = await import('../../adapters/kafka/index.ts');
    const { createLogger } = await import('../../adapters/log.ts');
    const quiet = createLogger('dlq');
    quiet.level = 'silent';
    try {
      log = await connectLog(kafkaSettings({ ...process.env, KAFKA_BROKERS: brokers }), quiet);
      await work(log);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      throw new SeatrialError('UNAVAILABLE', `Kafka at ${brokers}: ${error.message}`, { cause: error });
    }
  } catch (error) {
    fail(error, options.output === 'json');
  } finally {
    await log?.close().catch((error: unknown) => {
      process.stderr.write(`warning: the connection to Kafka did not close cleanly: ${String(error)}\n`);
    });
  }
}

function table(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'no dead letters';
  const rows = letters.map(({ letter, topic, partition, offset, code, failedAt, reason }) => [
    ...[letter, `${topic}/${partition}/${offset}`, code, failedAt],
    reason.length > 80 ? `${reason.slice(0, 79)}…` : reason,
  ]);
  return columns([['LETTER', 'WAS AT', 'CODE', 'TIME', 'REASON'], ...rows]);
}

/** Control characters of a stranger's record must not reach the terminal. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what this finds
const plain = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

function page({
  letter,
  topic,
  partition,
  offset,
  code,
  reason,
  failedAt,
  key,
  headers,
  value,
}: DeadLetterDetail): string {
  const facts = columns([
    ['letter', letter],
    ['was at', `${topic}/${partition}/${offset}`],
    ['refused', `${failedAt} ${code}`],
    ['reason', plain(reason)],
    ['key', key === null ? '(none)' : plain(key)],
  ]);
  const list = Object.entries(headers).map(([name, text]) => [`  ${plain(name)}`, plain(text)]);
  return [facts, '', 'headers', columns(list), '', 'value', value === null ? '(none)' : plain(value)].join(
    '\n',
  );
}

function line({ letter, replayed, topic, eventId, reason }: Replay): string {
  return replayed
    ? `${paint('green', 'replayed')} ${letter} to ${topic} as ${eventId ?? ''}`
    : `${paint('red', 'not replayed')} ${letter}: ${reason ?? ''}`;
}

function limit(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('write a number from 1 to 99999');
  return Number(text);
}
