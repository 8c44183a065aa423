// Proves that the registry in a folder keeps the port's promises, and says what is wrong with a folder or a file that cannot be used.
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFileRegistry, RegistryRefused, RegistryUnavailable } from '../../adapters/registry/index.ts';
import { evidence } from '../support/plans.ts';
import { conformance } from './conformance.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatrial-registry-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

conformance('the file registry', () => openFileRegistry(join(dir, 'conformance')));

const version = { model: 'm', version: 'v1', summary: 's', artifact: evidence('model.onnx'), tags: {} };

test('a file is whole JSON with nothing left beside it', async () => {
  const folder = join(dir, 'whole');
  const registry = openFileRegistry(folder);
  await Promise.resolve(registry.putVersion(version));
  expect(await readdir(folder)).toEqual(['m.json']);
  expect(JSON.parse(await readFile(join(folder, 'm.json'), 'utf8'))).toMatchObject({ schema: 1, model: 'm' });
});

test('a folder that is a file is no refusal but a registry that is away', async () => {
  const file = join(dir, 'file');
  await writeFile(file, '');
  await chmod(file, 0o444);
  const put = openFileRegistry(file).putVersion(version);
  await expect(put).rejects.toBeInstanceOf(RegistryUnavailable);
  await expect(put).rejects.toThrow(/registry's folder .*file failed: ENOTDIR/);
});

test('a file that somebody broke is named, and left as it is', async () => {
  const folder = join(dir, 'broken');
  const registry = openFileRegistry(folder);
  await registry.putVersion(version);
  await writeFile(join(folder, 'm.json'), '{');
  await expect(registry.setTags('m', 'v1', {})).rejects.toThrow(
    /m\.json is not JSON .*mend it, or move it away/,
  );
  expect(await readFile(join(folder, 'm.json'), 'utf8')).toBe('{');
});

test('a name that would leave the folder is refused', async () => {
  const put = openFileRegistry(dir).putVersion({ ...version, model: '../m' });
  await expect(put).rejects.toBeInstanceOf(RegistryRefused);
});
