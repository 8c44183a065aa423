import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateSchemas } from '../../client/generate-schemas.ts';
import { failuresPage } from './failures-page.ts';
import { readTracked, root, trackedFiles } from './tree.ts';

/** A check of the repository itself; answers with what is wrong, one line each, and an empty list when nothing is. */
export interface Check {
  readonly name: string;
  run(): Promise<readonly string[]>;
}

/** Generated files and the text that each must hold. */
async function generated(): Promise<Readonly<Record<string, string>>> {
  const schemas = Object.entries(await generateSchemas());
  return {
    ...Object.fromEntries(schemas.map(([name, text]) => [`docs/schemas/${name}`, text])),
    'docs/failures.md': await failuresPage(),
  };
}

const generatedFiles: Check = {
  name: 'generated files are current',
  async run() {
    const problems: string[] = [];
    for (const [path, text] of Object.entries(await generated())) {
      const found = await readFile(join(root, path), 'utf8').catch(() => null);
      if (found !== text) problems.push(`${path} is not what its generator writes`);
    }
    return problems;
  },
};

// Written in pieces, so that this file does not name what it looks for.
const places = ['work', 'root', 'tmp/brief'].map((folder) => `/${folder}`);
const publicHosts = [
  'registry.npm' + 'js.org',
  'pypi' + '.org',
  'pythonhosted' + '.org',
  'repo1.mav' + 'en.org',
];
const mavenHost = 'repo.maven.apa' + 'che.org';

/** Hosts of the registries that this machine uses, which are nobody else's business. */
function registryHosts(): string[] {
  const urls = ['npm_config_registry', 'PIP_INDEX_URL', 'UV_INDEX_URL'].map((name) => process.env[name]);
  return urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : []));
}

/** What must not be named: `undefined` when the text names none of it. */
export function foreignName(text: string): string | undefined {
  const host = [...publicHosts, mavenHost, ...registryHosts()].find((name) => text.includes(name));
  if (host !== undefined) return host;
  return places.find((place) => new RegExp(`(^|[^A-Za-z0-9._~}/-])${place}(/|$)`, 'm').test(text));
}

const noForeignNames: Check = {
  name: 'no file names a registry or a place of one machine',
  run() {
    const named = trackedFiles().flatMap((path) => {
      const name = foreignName(readTracked(path));
      return name === undefined ? [] : [`${path} names ${name}`];
    });
    return Promise.resolve(named);
  },
};

const lockFile: Check = {
  name: 'the lock file names no registry',
  run() {
    const { packages } = JSON.parse(readTracked('package-lock.json')) as {
      packages: Record<string, { resolved?: string; integrity?: string }>;
    };
    const entries = Object.entries(packages).filter(([path]) => path !== '');
    return Promise.resolve([
      ...(entries.length === 0 ? ['package-lock.json lists no packages'] : []),
      ...entries.flatMap(([path, { resolved }]) =>
        resolved === undefined ? [] : [`${path} says where it is from`],
      ),
      ...entries.flatMap(([path, { integrity }]) =>
        integrity === undefined ? [`${path} has no digest`] : [],
      ),
    ]);
  },
};

/** Quick enough for every test run; `npm run verify` adds the slow ones. */
export const cheapChecks: readonly Check[] = [generatedFiles, noForeignNames, lockFile];
