import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, parseDocument } from 'yaml';
import { isName, NAME_RULE } from '../../contracts/ids.ts';
import { SeatrialError } from '../errors.ts';
import { findPlaybook, PLAYBOOK_FILE } from './find-playbook.ts';
import { filesOf } from './playbook-files.ts';
import { readPlaybook, type Playbook } from './read-playbook.ts';
import { releaseFileFor } from './release-stub.ts';

const README = 'README.md';
const schema = fileURLToPath(new URL('../../docs/schemas/playbook.schema.json', import.meta.url));

export interface NewPlaybook {
  readonly folder: string;
  /** Paths in the folder. */
  readonly files: readonly string[];
  readonly from: string;
}

/**
 * A folder `dir/name` with a playbook of one's own: a copy of another, with a page that says what to fill in. It holds by itself
 * at once, and nothing of the other changes it later. Throws `SeatrialError` USAGE, and `ReleaseFileError` when the other does not
 * hold.
 */
export async function newPlaybook(name: string, from: string, dir: string): Promise<NewPlaybook> {
  if (!isName(name))
    throw new SeatrialError('USAGE', `The name ${JSON.stringify(name)} cannot be used: ${NAME_RULE}.`);
  const folder = resolve(dir, name);
  if (await stat(folder).catch(() => undefined))
    throw new SeatrialError(
      'USAGE',
      `${folder} is there already. Choose another name or --dir, or remove it.`,
    );
  const found = await findPlaybook(from, process.cwd());
  if (typeof found !== 'string') {
    const near = found.didYouMean === undefined ? '' : `; did you mean ${found.didYouMean}?`;
    throw new SeatrialError('USAGE', `--from: ${found.what}; ${found.mend}${near}`);
  }
  const source = await readPlaybook(found);
  const files = await filesOf(found);
  await mkdir(folder, { recursive: true });
  for (const [path, file] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (path === PLAYBOOK_FILE) await writeFile(target, await ownFile(file, name, source, folder));
    else if (path !== README) await copyFile(file, target);
  }
  await writeFile(join(folder, README), pageFor(name, source, Object.keys(files)));
  return { folder, files: Object.keys(await filesOf(folder)), from: source.name };
}

async function ownFile(file: string, name: string, source: Playbook, folder: string): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['metadata', 'name'], name);
  document.setIn(['metadata', 'version'], '0.1.0');
  document.setIn(
    ['metadata', 'summary'],
    `TO FILL IN: for what models it is (made from ${source.name} ${source.version})`,
  );
  const below = document.getIn(['spec', 'playbook']);
  // A path is relative to the folder that it stands in, which is another one now.
  if (typeof below === 'string' && /^\.{1,2}(\/|$)/.test(below))
    document.setIn(['spec', 'playbook'], pathFrom(folder, resolve(source.folder, below)));
  // What stands above it is about the other playbook, and its schema is elsewhere.
  const [first] = isMap(document.contents) ? document.contents.items : [];
  if (document.contents) document.contents.commentBefore = null;
  if (isScalar(first?.key)) first.key.commentBefore = null;
  document.commentBefore =
    ` yaml-language-server: $schema=${pathFrom(folder, schema)}\n\n` +
    ` Made from ${source.name} ${source.version}. README.md says what to fill in; \`seatrial lint ${PLAYBOOK_FILE}\` checks it.`;
  return document.toString({ lineWidth: 0 });
}

function pathFrom(folder: string, target: string): string {
  const way = relative(folder, target).split(sep).join('/');
  return way.startsWith('.') ? way : `./${way}`;
}

function pageFor(name: string, source: Playbook, files: readonly string[]): string {
  const documents = files.filter((path) => path.endsWith('.md') && path !== README);
  return `# The playbook ${name}

Made from \`${source.name}\` ${source.version} (${source.sha256.slice(0, 12)}). It is a copy: what changes there later changes nothing here.

## To fill in

- [ ] \`metadata.summary\` in \`playbook.yaml\`: for what models it is, in one line.
- [ ] \`spec.steps\`: take out stages that ask nothing of your models, put in your own, set limits and people.
- [ ] \`spec.criteria\`: for each limit why it is as it is. \`seatrial lint\` asks for the reason of each check.
- [ ] \`spec.roles\`, \`spec.needs\`, \`spec.fill\`: what a release has to give.
${documents.map((path) => `- [ ] \`${path}\`: read it, and make it yours.`).join('\n')}
- [ ] \`metadata.version\`: a new one with every change.

## A release that follows it

\`\`\`yaml
${releaseFileFor(source.spec, `./${name}`)}\`\`\`

The path is relative to the release file. \`seatrial lint release.yaml\` says what is missing, and what the file makes weaker;
\`seatrial plan release.yaml\` shows the plan.
`;
}
