// Proves: every source file is in a room, and no file imports what its room may not, in the tree as it is.
import { expect, test } from 'vitest';
import { refusal, roomOf, rooms } from './rooms.mjs';
import { importsOfTree, trackedFiles } from './tree.ts';

const imports = importsOfTree();

test('every source file but the configuration at the root is in a room', () => {
  const homeless = trackedFiles().filter(
    (path) => /\.(ts|mts|mjs)$/.test(path) && roomOf(path) === undefined && !/^[^/]+\.config\./.test(path),
  );
  expect(homeless).toEqual([]);
});

test('every room that the table names has files', () => {
  const lived = new Set(trackedFiles().map(roomOf));
  expect(Object.keys(rooms).filter((room) => !lived.has(room))).toEqual([]);
});

test('no file imports what its room may not', () => {
  expect(imports.length).toBeGreaterThan(1000);
  const refused = imports.flatMap(({ file, specifier }) => {
    const why = refusal(file, specifier);
    return why === undefined ? [] : [`${file}: ${specifier}: ${why}`];
  });
  expect(refused).toEqual([]);
});

test.each(['workflows', 'activities', 'gateway', 'ingest', 'monitor', 'client', 'worker', 'stack'])(
  'the domain and the contracts may not import %s',
  (room) => {
    const target = `../${rooms[room]?.path}/index.ts`;
    expect(refusal('domain/index.ts', target)).toContain(`may not import the room ${room}`);
    expect(refusal('contracts/index.ts', target)).toContain(`may not import the room ${room}`);
  },
);
