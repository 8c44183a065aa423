// Proves: the bench command lists every bench, refuses what it does not know with a hint, and every bench exports `run`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { median } from '../../bench/bench.ts';
import { root } from './tree.ts';

function bench(...args: string[]): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(root, 'bench/run.ts'), ...args],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, out: stdout, error: stderr };
}

const benches = readdirSync(join(root, 'bench')).filter((name) =>
  existsSync(join(root, 'bench', name, 'bench.ts')),
);

test('without a name it lists the benches', () => {
  const { status, out } = bench();
  expect(status).toBe(0);
  expect(benches).toContain('engine');
  for (const name of benches) expect(out).toContain(name);
});

test.each([
  ['an unknown bench', ['enigne'], 'there is no bench "enigne"'],
  ['an unknown option', ['engine', '--fast'], '--fast'],
  ['two benches', ['engine', 'judge'], 'one bench at a time'],
])('it refuses %s and says what there is', (_, args, said) => {
  const { status, error } = bench(...args);
  expect(status).toBe(64);
  expect(error).toContain(said);
  expect(error).toContain('benches:');
});

test.each(benches)('bench %s exports run', async (name) => {
  const module = (await import(`../../bench/${name}/bench.ts`)) as { run?: unknown };
  expect(module.run).toBeTypeOf('function');
});

test('the median is the middle, or between the two middles', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('no values');
});
