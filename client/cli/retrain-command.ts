import { Argument, type Command } from 'commander';
import { SeatrialError } from '../errors.ts';
import type { RetrainingView, Seatrial } from '../index.ts';
import { withSeatrial } from './context.ts';
import { columns, paint, show, type OutputOptions } from './output.ts';

interface RetrainOptions extends OutputOptions {
  readonly as?: string;
  readonly reason?: string;
  readonly until?: string;
  readonly decision?: string;
}

type Action = 'approve' | 'reject' | 'start' | 'cancel';

/** `seatrial retrain MODEL [approve|reject|start|cancel]`. */
export function addRetrainCommand(program: Command, withOutput: (command: Command) => Command): void {
  withOutput(
    program
      .command('retrain')
      .description(
        'show what a model decided about retraining; approve or reject what is held, start one, or end the one that runs',
      )
      .argument('<model>')
      .addArgument(new Argument('[action]', 'what to do').choices(['approve', 'reject', 'start', 'cancel'])),
  )
    .option('--as <person>', 'who decides')
    .option('--reason <text>', 'why')
    .option(
      '--decision <id>',
      'of approve, reject and cancel: which one; what is held or runs now unless given',
    )
    .option('--until <time>', 'of start: use data up to here, ISO 8601; the newest drift window unless given')
    .action((model: string, action: Action | undefined, options: RetrainOptions) =>
      withSeatrial(options, async (seatrial) => {
        if (action === undefined) {
          const view = await seatrial.retrainings(model);
          return show(options, view, () => page(view));
        }
        const answer = await decide(seatrial, model, action, options);
        show(options, { model, action, answer }, () => `${paint('green', action)} ${model}: ${answer}`);
      }),
    );
}

async function decide(
  seatrial: Seatrial,
  model: string,
  action: Action,
  options: RetrainOptions,
): Promise<string> {
  const { as: by, reason, until, decision } = options;
  if (by === undefined || reason === undefined)
    throw new SeatrialError('USAGE', `\`retrain MODEL ${action}\` needs --as PERSON and --reason TEXT.`);
  if (action === 'start') {
    return seatrial.decideRetraining(model, {
      action,
      by,
      reason,
      ...(until === undefined ? {} : { until }),
    });
  }
  if (action === 'cancel')
    return seatrial.cancelRetraining(model, { by, reason, ...(decision === undefined ? {} : { decision }) });
  const held = decision ?? (await seatrial.retrainings(model)).held?.decision;
  if (held === undefined) throw new SeatrialError('REFUSED', `No retraining of ${model} awaits a person.`);
  return seatrial.decideRetraining(model, { action, decision: held, by, reason });
}

function page({ model, champion, running, held, queued, incidents, notes }: RetrainingView): string {
  const rows = [...notes].reverse().map(({ at, what, about, reason }) => [at, what, about, reason]);
  return [
    `${paint('bold', model)}: ${champion ?? 'no version'} serves`,
    ...incidents.map(({ incident, headline }) => paint('red', `incident ${incident} is open: ${headline}`)),
    held ? paint('yellow', `retraining ${held.decision} awaits a person: ${held.why}`) : '',
    running ? `retraining ${running.decision} is under way: ${running.reason}` : 'no retraining is under way',
    queued ? `retraining ${queued.decision} waits for its end` : '',
    rows.length > 0 ? `\n${columns(rows)}` : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}
