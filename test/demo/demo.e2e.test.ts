// Proves the main job with the command that a newcomer types: on real flights, release 1 goes live in March, the monitor
// finds the summer, a retraining makes release 2, which wins its canary; and a spoilt release 2 is rolled back by itself.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../examples/flight-delays/demo/outcome.ts';

const root = join(import.meta.dirname, '../..');
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function demo(...args: string[]): Promise<{ code: number | null; said: string; outcome: Outcome }> {
  const file = join(dir, 'outcome.json');
  await rm(file, { force: true });
  const child = spawn(process.execPath, ['stack/bootstrap/main.mjs', 'demo', '--json', file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`the demo wrote no outcome and ended with code ${code}:\n${said}`);
  });
  return { code, said, outcome: JSON.parse(text) as Outcome };
}

const TO_PRODUCTION = [
  'intake',
  'sandbox',
  'synthetic',
  'resilience',
  'drift-rehearsal',
  'governance',
  'incident-drill',
  'gate validation',
  'shadow',
  'gate canary',
  'canary',
  'pre-production',
  'gate release',
  'production',
];

describe('npm run demo', () => {
  test('the whole story holds', async () => {
    const { code, said, outcome } = await demo();
    expect(outcome.broken, said).toEqual([]);
    expect(code).toBe(0);
    expect(outcome.ok).toBe(true);
    expect(outcome.releases.map(({ outcome: end }) => end)).toEqual(['superseded', 'live']);
    const tried = outcome.releases.map(({ stages }) => stages.filter(({ verdict }) => verdict !== 'active'));
    // Release 2 still soaks when the story ends.
    const names = tried.map((stages) => stages.map(({ stage }) => stage));
    expect(names).toEqual([[...TO_PRODUCTION, 'review', 'gate review'], TO_PRODUCTION]);
    for (const { verdict } of tried.flat()) expect(verdict).toBe('pass');
    expect(outcome.review).toMatchObject({ status: 'signed' });
    expect(outcome.june?.aucChallenger).toBeGreaterThan(outcome.june?.aucChampion ?? 1);
    expect(outcome.june?.flights).toBeGreaterThan(5000);
    expect(outcome.drift?.alarmedAt).toMatch(/^2013-06/);
    expect(outcome.canary?.samples.baseline).toBeGreaterThanOrEqual(900);
    expect(outcome.canary?.samples.canary).toBeGreaterThanOrEqual(900);
    expect(outcome.ledgers).toHaveLength(3);
    for (const ledger of outcome.ledgers) expect(ledger).toMatchObject({ valid: true });
    expect(outcome.dossiers.map(({ state, dangling }) => [state, dangling])).toEqual([
      ['superseded', 0],
      ['live', 0],
    ]);
    for (const { html } of outcome.dossiers)
      expect(await readFile(html, 'utf8')).toContain('The living blueprint');
  });

  test('a spoilt challenger is rolled back by its canary, and release 1 still serves', async () => {
    const { code, said, outcome } = await demo('--bad-challenger');
    expect(outcome.broken, said).toEqual([]);
    expect(code).toBe(0);
    expect(outcome.releases.map(({ outcome: end }) => end)).toEqual(['live', 'rolled-back']);
    expect(outcome.rollback.seconds).toBeGreaterThan(0);
    expect(outcome.dossiers.map(({ state, dangling }) => [state, dangling])).toEqual([
      ['live', 0],
      ['rolled-back', 0],
    ]);
    expect(outcome.releases[1]?.stages.at(-1)).toMatchObject({ stage: 'canary', verdict: 'fail' });
  });
});
