// Proves that each lint rule bites: a bad line, linted as if it stood in a file of that room, is refused by the rule that is
// meant for it, and its good twin is not.
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { root } from './tree.ts';

const eslint = new ESLint({ cwd: root });

/** The rules that refuse the text as the content of the file, which must exist: the type-aware rules ask for it by name. */
async function refusedBy(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? ['ignored'];
}

const inDomain = 'domain/plan/format.ts';
const inWorkflows = 'workflows/failure.ts';
const inActivities = 'activities/failure.ts';
const inGateway = 'services/gateway/serial.ts';
const inClient = 'client/errors.ts';
const inAdapters = 'adapters/log.ts';
const inWorker = 'worker/environment.ts';
const inStack = 'stack/table.ts';
const inTest = 'test/run.ts';

describe('rooms', () => {
  test.each<[string, string, string]>([
    ['the domain uses Node', inDomain, `export * from 'node:fs';`],
    ['the domain uses Node without its prefix', inDomain, `export * from 'fs';`],
    ['the domain uses a package', inDomain, `export { z } from 'zod';`],
    ['the domain takes a type of a package', inDomain, `export type { Payload } from '@temporalio/common';`],
    ['the domain imports schemas', inDomain, `export * from '../../contracts/schemas/index.ts';`],
    [
      'the domain imports search attributes',
      inDomain,
      `export * from '../../contracts/search-attributes.ts';`,
    ],
    ['the domain imports an adapter', inDomain, `export * from '../../adapters/log.ts';`],
    ['the domain imports dynamically', inDomain, `export const x = import('../../workflows/index.ts');`],
    ['the domain names a type from afar', inDomain, `export type X = import('../../workflows/index.ts').X;`],
    ['contracts import the domain', 'contracts/json.ts', `export * from '../domain/plan/index.ts';`],
    ['schemas use another package', 'contracts/schemas/duration.ts', `export * from 'yaml';`],
    ['workflows use Node', inWorkflows, `export * from 'node:crypto';`],
    ['workflows import schemas', inWorkflows, `export * from '../contracts/schemas/index.ts';`],
    ['workflows import activities', inWorkflows, `export * from '../activities/index.ts';`],
    ['workflows use the client', inWorkflows, `export * from '@temporalio/client';`],
    ['activities import a service', inActivities, `export * from '../services/gateway/serial.ts';`],
    ['activities import the client', inActivities, `export * from '../client/errors.ts';`],
    ['activities import workflows', inActivities, `export * from '../workflows/index.ts';`],
    ['a service imports another', inGateway, `export * from '../monitor/insist.ts';`],
    ['a service imports activities', inGateway, `export * from '../../activities/failure.ts';`],
    ['the client imports a service', inClient, `export * from '../services/gateway/serial.ts';`],
    ['the client imports activities', inClient, `export * from '../activities/failure.ts';`],
    ['the client imports the stack', inClient, `export * from '../stack/table.ts';`],
    ['an adapter imports a service', inAdapters, `export * from '../services/gateway/serial.ts';`],
    ['the worker imports a service', inWorker, `export * from '../services/gateway/serial.ts';`],
    ['the worker imports a test', inWorker, `export * from '../test/house/tree.ts';`],
    ['the stack imports the domain through a test', inStack, `export * from '../test/house/tree.ts';`],
    ['somebody imports a file outside every room', inClient, `export * from '../vitest.config.ts';`],
  ])('refused: %s', async (_, file, text) => {
    expect(await refusedBy(file, text)).toContain('house/rooms');
  });

  test.each<[string, string, string]>([
    [
      'the domain reads plain contracts',
      inDomain,
      `export { FALLBACK_VERSION } from '../../contracts/gateway.ts';`,
    ],
    ['the domain imports the domain', inDomain, `export * from '../ledger/index.ts';`],
    ['workflows wrap the domain', inWorkflows, `export * from '../domain/release/index.ts';`],
    ['workflows use the sandbox package', inWorkflows, `export { sleep } from '@temporalio/workflow';`],
    ['workflows write search attributes', inWorkflows, `export * from '../contracts/search-attributes.ts';`],
    ['a service imports its own files', inGateway, `export * from './routing.ts';`],
    ['a service reaches out by an adapter', inGateway, `export * from '../../adapters/log.ts';`],
    ['the worker wires activities', inWorker, `export * from '../activities/index.ts';`],
    ['a test imports what it tests', inTest, `export * from '../domain/plan/index.ts';`],
  ])('allowed: %s', async (_, file, text) => {
    expect(await refusedBy(file, text)).toEqual([]);
  });
});

describe('purity of the domain', () => {
  test.each([
    ['no-restricted-properties', 'export const now = Date.now();'],
    ['no-restricted-syntax', 'export const now = new Date();'],
    ['no-restricted-properties', 'export const chance = Math.random();'],
    ['no-restricted-globals', 'export const timer = setTimeout(() => undefined, 1);'],
    ['no-restricted-globals', 'export const answer = fetch("http://localhost");'],
    ['no-restricted-globals', 'export const where = process.cwd();'],
  ])('%s refuses %s', async (rule, text) => {
    expect(await refusedBy(inDomain, text)).toContain(rule);
  });

  test('a time that is given may be read', async () => {
    expect(await refusedBy(inDomain, `export const at = new Date('2026-01-01').getTime();`)).toEqual([]);
  });
});

const work = 'export declare function work(): Promise<void>;\n';
const union = `export type Verdict = 'pass' | 'fail';\nexport function f(v: Verdict): string {\n  switch (v) {\n`;

describe('types', () => {
  test.each([
    ['@typescript-eslint/no-floating-promises', `${work}export const f = (): void => {\n  work();\n};`],
    [
      '@typescript-eslint/no-misused-promises',
      `${work}export const f = (): void => [1].forEach(() => work());`,
    ],
    [
      '@typescript-eslint/switch-exhaustiveness-check',
      `${union}    case 'pass':\n      return 'p';\n  }\n  return '';\n}`,
    ],
    ['@typescript-eslint/no-explicit-any', 'export const x = (y: any): void => void y;'],
    [
      '@typescript-eslint/consistent-type-imports',
      `import { Room } from './house/rooms.mjs';\nexport type R = Room;`,
    ],
    ['no-restricted-syntax', 'export default 1;'],
    ['@typescript-eslint/no-unused-vars', 'const forgotten = 1;\nexport {};'],
  ])('%s bites', async (rule, text) => {
    expect(await refusedBy(inTest, text)).toContain(rule);
  });

  test.each([
    `${work}export const f = (): void => {\n  void work();\n};`,
    `${union}    case 'pass':\n      return 'p';\n    case 'fail':\n      return 'f';\n  }\n}`,
    `import type { Room } from './house/rooms.mjs';\nexport type R = Room;`,
  ])('the good twin passes: %s', async (text) => {
    expect(await refusedBy(inTest, text)).toEqual([]);
  });
});
