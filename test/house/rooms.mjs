// The rooms of the repository, which rooms each may import, and the lint rule that holds the tree to it. README's picture
// is held to the same table.
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';

const common = ['contracts', 'search-attributes', 'domain'];
const temporalForWorkflows = ['@temporalio/workflow', '@temporalio/common'];

/**
 * Path below the root, the rooms that it may import besides itself, and what it may use from outside: every package and
 * Node's own modules (`all`), or these packages and nothing of Node. Of two rooms that hold a file, the later one counts.
 */
export const rooms = {
  contracts: { path: 'contracts', imports: [], outside: [] },
  schemas: { path: 'contracts/schemas', imports: ['contracts'], outside: ['zod'] },
  'search-attributes': {
    path: 'contracts/search-attributes.ts',
    imports: [],
    outside: ['@temporalio/common'],
  },
  domain: { path: 'domain', imports: ['contracts'], outside: [] },
  workflows: { path: 'workflows', imports: common, outside: temporalForWorkflows },
  adapters: { path: 'adapters', imports: [...common, 'schemas'], outside: 'all' },
  activities: { path: 'activities', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  gateway: { path: 'services/gateway', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  ingest: { path: 'services/ingest', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  monitor: { path: 'services/monitor', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  outbox: { path: 'services/outbox', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  client: { path: 'client', imports: [...common, 'schemas', 'adapters'], outside: 'all' },
  stack: {
    path: 'stack',
    imports: [...common, 'adapters', 'gateway', 'ingest', 'monitor', 'outbox', 'client', 'worker'],
    outside: 'all',
  },
  worker: {
    path: 'worker',
    imports: [...common, 'workflows', 'activities', 'adapters', 'stack'],
    outside: 'all',
  },
  // These import whatever they like, and nobody imports them.
  examples: { path: 'examples', imports: 'all', outside: 'all' },
  bench: { path: 'bench', imports: 'all', outside: 'all' },
  test: { path: 'test', imports: 'all', outside: 'all' },
};

/** The room of a path below the root, with forward slashes; undefined for a file in no room. */
export function roomOf(path) {
  let found;
  for (const [name, room] of Object.entries(rooms)) {
    if (path === room.path || path.startsWith(`${room.path}/`)) found = name;
  }
  return found;
}

/**
 * Why a file may not import a specifier, or undefined when it may. `file` is a path below the root; the specifier is as
 * written in the source.
 */
export function refusal(file, specifier) {
  const from = roomOf(file);
  if (from === undefined) return undefined; // the configuration files beside the rooms
  const { imports, outside } = rooms[from];
  if (specifier.startsWith('.')) {
    if (imports === 'all') return undefined;
    const target = join(dirname(file), specifier).split(sep).join('/');
    const to = roomOf(target);
    if (to === undefined) return `${target} is in no room`;
    return to === from || imports.includes(to) ? undefined : `the room ${from} may not import the room ${to}`;
  }
  if (outside === 'all') return undefined;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return `the room ${from} may not use Node's modules, and ${specifier} is one`;
  }
  return outside.includes(specifier) ? undefined : `the room ${from} may not use the package ${specifier}`;
}

/** ESLint rule `house/rooms`, with the root folder as its only option. */
export const roomsRule = {
  meta: { type: 'problem', schema: [{ type: 'string' }], messages: { refused: '{{ why }}' } },
  create(context) {
    const file = relative(context.options[0], context.filename).split(sep).join('/');
    const check = (source) => {
      if (source === null || source === undefined) return;
      const why = typeof source.value === 'string' ? refusal(file, source.value) : undefined;
      if (why !== undefined) context.report({ node: source, messageId: 'refused', data: { why } });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      TSImportType: ({ source }) => check(source),
    };
  },
};
