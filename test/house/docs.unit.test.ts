// Proves that what the documents say about the tree is so: the picture's arrows are the imports, what works names a test
// that is there, every variable that the code reads is documented and the other way round, and no path or link is dead.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { roomOf } from './rooms.mjs';
import { importsOfTree, readTracked, root, trackedFiles } from './tree.ts';

const readme = readTracked('README.md');
const pages = trackedFiles().filter((path) =>
  /^(README|CONTRIBUTING|docs\/.*)\.?[^/]*\.md$|\.md$/.test(path),
);

describe('the picture', () => {
  // Every room imports these; the picture says so in words. And who may import everything is not in it.
  const everywhere = ['contracts', 'schemas', 'search-attributes'];
  const outside = ['test', 'bench', 'examples'];

  test('has an arrow for each import between rooms, and no other', () => {
    const drawn = [...readme.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} --> ${to}`);
    const real = importsOfTree().flatMap(({ file, specifier }) => {
      const from = roomOf(file);
      const to = specifier.startsWith('.') ? roomOf(join(dirname(file), specifier)) : undefined;
      if (from === undefined || to === undefined || from === to) return [];
      return everywhere.includes(to) || outside.includes(from) || everywhere.includes(from)
        ? []
        : [`${from} --> ${to}`];
    });
    expect(drawn.sort()).toEqual([...new Set(real)].sort());
  });
});

describe('what works', () => {
  const rows = [...readme.matchAll(/^\| (.+?) +\| (works|not yet) +\| (.*?) *\|$/gm)];

  test('is a table of some length', () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  test.each(rows.map(([, what, state, shown]) => [what ?? '', state ?? '', shown ?? '']))(
    '%s: %s',
    (_, state, shown) => {
      const tests = [...shown.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path]) => path ?? '');
      expect(tests.length > 0).toBe(state === 'works');
      for (const path of tests) expect(trackedFiles(), path).toContain(path);
    },
  );
});

describe('configuration', () => {
  // Between a process of ours and its children, and not for people.
  const ours = ['SEATRIAL_FOLLOW_PARENT'];
  const documented = new Set(
    [...readme.matchAll(/^\| (`[A-Z_*`, ]+`) +\|/gm)].flatMap(([, cell]) =>
      [...(cell ?? '').matchAll(/[A-Z][A-Z_]+/g)].map(([name]) => name),
    ),
  );
  const sources = trackedFiles().filter((path) =>
    /^(adapters|services|worker|stack|client)\/.*\.(ts|mjs)$/.test(path),
  );
  const prefixes = /^(TEMPORAL|KAFKA|GATEWAY|WORKER|MONITOR|SEATRIAL|HEALTH|METRICS|PREDICTION)_/;
  const read = new Set(
    sources.flatMap((path) => {
      const text = readTracked(path);
      const quoted = [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, name]) => name ?? '');
      const dotted = [...text.matchAll(/\benv\.([A-Z_]{3,})/g)].map(([, name]) => name ?? '');
      const keyed = [...text.matchAll(/\benv\['([A-Z_]+)'\]/g)].map(([, name]) => name ?? '');
      return [...quoted.filter((name) => prefixes.test(name)), ...dotted, ...keyed];
    }),
  );
  const foreign = ['JAVA_HOME', 'NO_COLOR', 'FORCE_COLOR', 'PATH', 'HOME', 'TERM', 'CI', 'TZ'];

  test('every variable that the code reads is in the table', () => {
    expect(read.size).toBeGreaterThan(20);
    const missing = [...read].filter(
      (name) => !documented.has(name) && ![...ours, ...foreign].includes(name),
    );
    expect(missing).toEqual([]);
  });

  test('every variable in the table is read by the code', () => {
    const code = sources.map(readTracked).join('\n');
    const unread = [...documented].filter((name) => !new RegExp(`\\b${name}`).test(code));
    expect(unread).toEqual([]);
  });
});

describe('paths and commands', () => {
  const rooms =
    'contracts|domain|workflows|activities|adapters|worker|services|client|stack|examples|bench|docs|test';

  test.each(pages)('%s names only what is there', (page) => {
    const text = readTracked(page);
    const inCode = [...text.matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]*)\``, 'g'))].map(
      ([, path]) => path ?? '',
    );
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) =>
      join(dirname(page), path ?? ''),
    );
    const dead = [...inCode, ...links].filter((path) => !existsSync(join(root, path)));
    expect(dead).toEqual([]);
  });

  test('npm scripts go through the bootstrap, and the documents name only scripts that are there', async () => {
    const file = pathToFileURL(join(root, 'stack/bootstrap/commands.mjs')).href;
    const { commands } = (await import(file)) as { commands: object };
    const { scripts } = JSON.parse(readTracked('package.json')) as { scripts: Record<string, string> };
    for (const [name, script] of Object.entries(scripts)) {
      const [, command = ''] = /^node stack\/bootstrap\/main\.mjs (\w+)$/.exec(script) ?? [];
      expect(Object.keys(commands), name).toContain(command);
    }
    const named = pages.flatMap((page) =>
      [...readTracked(page).matchAll(/\bnpm run ([\w:]+)/g)].map(([, n]) => n),
    );
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });
});
