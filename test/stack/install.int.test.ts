// Proves that an install is whole or not there, that Kafka's jars are taken only as listed, and that of many processes only one
// at a time has the bootstrap's lock, even after one died with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tryLock } from '../../stack/lock.mjs';
import { temporaryFolder } from './support.ts';

const url = (path: string): string => new URL(`../../stack/${path}`, import.meta.url).href;
// Plain JavaScript without types of its own: the bootstrap runs before TypeScript is there.
const { installFolder, hasStamp, sha256 } = (await import(url('bootstrap/install.mjs'))) as {
  installFolder: (target: string, stamp: string, fill: (folder: string) => Promise<void>) => Promise<void>;
  hasStamp: (folder: string, stamp: string) => boolean;
  sha256: (content: string) => string;
};
const { checkJars } = (await import(url('bootstrap/parts/kafka.mjs'))) as {
  checkJars: (folder: string, list: string) => number;
};

it('keeps the old install when a new one breaks off, and replaces it when the new one is whole', async () => {
  const folder = await temporaryFolder();
  const target = join(folder, 'tool');
  await installFolder(target, 'one', (into) => writeFile(join(into, 'version'), '1'));
  const broken = installFolder(target, 'two', async (into) => {
    await writeFile(join(into, 'version'), '2');
    throw new Error('the network is gone');
  });
  await expect(broken).rejects.toThrow('the network is gone');
  expect(await readFile(join(target, 'version'), 'utf8')).toBe('1');
  expect([hasStamp(target, 'one'), hasStamp(target, 'two')]).toEqual([true, false]);
  expect(await readdir(folder)).toEqual(['tool']);
  await installFolder(target, 'two', (into) => writeFile(join(into, 'version'), '2'));
  expect(hasStamp(target, 'two')).toBe(true);
});

it('does not take a folder without its stamp for an install: kill -9 left it', async () => {
  const target = join(await temporaryFolder(), 'tool');
  await mkdir(target);
  await mkdir(`${target}.partial`);
  await writeFile(join(`${target}.partial`, 'half'), '');
  expect(hasStamp(target, 'one')).toBe(false);
  await installFolder(target, 'one', (into) => writeFile(join(into, 'whole'), ''));
  expect((await readdir(target)).sort()).toEqual(['.stamp', 'whole']);
});

it('names each jar that is changed, absent or not on the list', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'good.jar'), 'good');
  await writeFile(join(folder, 'changed.jar'), 'bad');
  await writeFile(join(folder, 'extra.jar'), 'extra');
  const list = ['good', 'changed', 'absent'].map((name) => `${sha256(name)}  ${name}.jar\n`).join('');
  expect(() => checkJars(folder, list)).toThrow(
    /absent\.jar is absent; extra\.jar is not on the list; changed\.jar has another sha256/,
  );
  await writeFile(join(folder, 'changed.jar'), 'changed');
  await writeFile(join(folder, 'absent.jar'), 'absent');
  expect(() => checkJars(folder, list)).toThrow(/: extra\.jar is not on the list$/);
  expect(checkJars(folder, `${list}${sha256('extra')}  extra.jar\n`)).toBe(4);
});

it('says who has the lock, and takes it from the dead', async () => {
  const file = join(await temporaryFolder(), 'lock');
  const mine = tryLock(file);
  expect(tryLock(file)).toEqual({ holder: process.pid });
  mine.release?.();
  expect(existsSync(file)).toBe(false);
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  await writeFile(file, `${dead.pid}\n`);
  const again = tryLock(file);
  expect(again.release).toBeDefined();
  again.release?.();
});

it('lets one process at a time in, while others die holding the lock', async () => {
  const folder = await temporaryFolder();
  const [file, journal] = [join(folder, 'lock'), join(folder, 'journal')];
  await appendFile(journal, '');
  const code = `
    import { takeLock } from ${JSON.stringify(url('lock.mjs'))};
    import { appendFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    const [file, journal, dies] = process.argv.slice(1);
    const lock = await takeLock(file, () => {});
    appendFileSync(journal, 'in ' + process.pid + '\\n');
    await sleep(30);
    appendFileSync(journal, 'out ' + process.pid + '\\n');
    if (dies === 'dies') process.kill(process.pid, 'SIGKILL');
    lock.release();
  `;
  const children = Array.from({ length: 8 }, (_, index) =>
    spawn(process.execPath, [
      '--input-type=module',
      '-e',
      code,
      file,
      journal,
      index % 2 === 0 ? 'dies' : 'lives',
    ]),
  );
  await Promise.all(children.map((child) => once(child, 'exit')));
  const lines = (await readFile(journal, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(16);
  for (let index = 0; index < lines.length; index += 2) {
    const [word, pid] = lines[index]?.split(' ') ?? [];
    expect(word).toBe('in');
    expect(lines[index + 1]).toBe(`out ${pid}`);
  }
});
