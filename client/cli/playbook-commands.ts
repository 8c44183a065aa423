import type { Command } from 'commander';
import { SeatrialError } from '../errors.ts';
import { findPlaybook, shippedPlaybooks } from '../playbook/find-playbook.ts';
import { newPlaybook } from '../playbook/new-playbook.ts';
import { readPlaybook, type Playbook } from '../playbook/read-playbook.ts';
import { problemText } from '../problem.ts';
import { columns, fail, show, type OutputOptions } from './output.ts';
import { playbookText } from './playbook-text.ts';

/** `seatrial playbook list|show|new`: they need no server. */
export function addPlaybookCommands(program: Command, withOutput: (command: Command) => Command): void {
  const playbook = program.command('playbook').description('test plans that many releases share');
  withOutput(playbook.command('list').description('list the playbooks that come with Seatrial')).action(
    (options: OutputOptions) => answered(options, () => list(options)),
  );
  withOutput(
    playbook.command('show').description('show a playbook: test plan, criteria and what a release must give'),
  )
    .argument('<name>', 'a shipped playbook, or the path of a folder, such as ./my-playbook')
    .action((name: string, options: OutputOptions) => answered(options, () => showOne(name, options)));
  withOutput(playbook.command('new').description('make a folder with a playbook of your own, to fill in'))
    .argument('<name>')
    .option('--from <playbook>', 'what it is made from', 'standard')
    .option('--dir <folder>', 'where the folder is made', '.')
    .action((name: string, options: OutputOptions & { from: string; dir: string }) =>
      answered(options, () => make(name, options)),
    );
}

async function answered(options: OutputOptions, answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (error) {
    fail(error, options.output === 'json');
  }
}

async function list(options: OutputOptions): Promise<void> {
  const names = await shippedPlaybooks();
  const all = await Promise.all(names.map(async (name) => readPlaybook(await folderOf(name))));
  show(
    options,
    all.map(({ name, version, sha256, summary }) => ({ name, version, sha256, summary })),
    () =>
      columns([
        ['NAME', 'VERSION', 'FOR'],
        ...all.map(({ name, version, summary }) => [name, version, summary]),
      ]),
  );
}

async function showOne(name: string, options: OutputOptions): Promise<void> {
  const playbook = await readPlaybook(await folderOf(name));
  for (const warning of playbook.warnings) process.stderr.write(`${problemText(warning)}\n`);
  show(options, asJson(playbook), () => playbookText(playbook));
}

function asJson({ name, version, sha256, folder, summary, spec, builtOn, changes, files }: Playbook): object {
  return { name, version, sha256, folder, summary, builtOn, changes, files: Object.keys(files), spec };
}

async function make(name: string, options: OutputOptions & { from: string; dir: string }): Promise<void> {
  const made = await newPlaybook(name, options.from, options.dir);
  show(
    options,
    made,
    () =>
      `made ${made.folder} from ${made.from}: ${made.files.join(', ')}\n` +
      'README.md says what to fill in, and how a release names it',
  );
}

async function folderOf(name: string): Promise<string> {
  const found = await findPlaybook(name, process.cwd());
  if (typeof found === 'string') return found;
  const near = found.didYouMean === undefined ? '' : `; did you mean ${found.didYouMean}?`;
  throw new SeatrialError('USAGE', `${found.what}; ${found.mend}${near}`);
}
