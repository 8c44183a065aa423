import type { Command } from 'commander';
import { openFirst, type ActionView } from '../../contracts/release-view.ts';
import { withSeatrial } from './context.ts';
import { columns, show, type OutputOptions } from './output.ts';

/** Commands about what people are to do about a version that serves. */
export function addActionCommands(program: Command, withOutput: (command: Command) => Command): void {
  const action = program
    .command('action')
    .description('what is to be done about a version that serves: list, open, close');
  withOutput(action.command('list').description('actions of a release, open ones first'))
    .argument('<release>', 'MODEL/VERSION')
    .action((release: string, options: OutputOptions) =>
      withSeatrial(options, async (seatrial) => {
        const { actions = [] } = await seatrial.getRelease(release);
        show(options, actions, () => actionTable(actions));
      }),
    );
  withOutput(action.command('open').description('ask for something to be done'))
    .argument('<release>', 'MODEL/VERSION')
    .requiredOption('--what <text>', 'what is to be done')
    .requiredOption('--owner <role>', 'role of the plan that does it')
    .requiredOption('--due <day>', 'by when, such as 2013-07-01')
    .requiredOption('--as <person>', 'who asks for it')
    .action((release: string, { what, owner, due, as, ...options }: OpenOptions) =>
      withSeatrial(options, async (seatrial) => {
        const { actions = [] } = await seatrial.openAction(release, { what, owner, due, by: as });
        show(options, actions, () => actionTable(actions));
      }),
    );
  withOutput(action.command('close').description('say that one is done, or no longer wanted'))
    .argument('<release>', 'MODEL/VERSION')
    .argument('<action>', 'its name in the list, such as a1')
    .requiredOption('--as <person>', 'who says so')
    .requiredOption('--reason <text>', 'what was done, or why not')
    .action((release: string, id: string, { as, reason, ...options }: CloseOptions) =>
      withSeatrial(options, async (seatrial) => {
        const { actions = [] } = await seatrial.closeAction(release, { action: id, by: as, reason });
        show(options, actions, () => actionTable(actions));
      }),
    );
}

interface OpenOptions extends OutputOptions {
  readonly what: string;
  readonly owner: string;
  readonly due: string;
  readonly as: string;
}

interface CloseOptions extends OutputOptions {
  readonly as: string;
  readonly reason: string;
}

export function actionTable(actions: readonly ActionView[]): string {
  if (actions.length === 0) return 'no actions';
  const rows = openFirst(actions).map(({ id, closed, owner, dueAt, by, what }) => [
    id,
    closed === null ? 'open' : `closed by ${closed.by}`,
    owner,
    dueAt.slice(0, 10),
    by,
    what,
  ]);
  return columns([['ACTION', 'STATE', 'OWNER', 'DUE', 'FROM', 'WHAT'], ...rows]);
}
