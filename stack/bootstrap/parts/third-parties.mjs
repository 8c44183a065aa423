import { join } from 'node:path';
import { cache, root } from '../places.mjs';
import { hasStamp, installFolder, sha256OfFiles } from '../install.mjs';
import { programEntry, readRecord, writeRecord } from '../record.mjs';
import { step } from '../say.mjs';
import { findPython, pipInstall } from './python.mjs';

export const name = 'the Python packages of other monitors';

const lock = join(root, 'stack/bootstrap/locks/third-parties.txt');
const folder = join(cache, 'third-parties');

export function isReady() {
  return hasStamp(folder, sha256OfFiles(lock)) && readRecord().anyPython !== undefined;
}

export function checkTools() {
  findPython();
}

export async function install() {
  await step(
    'installing the Python SDK of CloudEvents and a Kafka client',
    'tests produce drift events with them, as monitors in Python do',
    async () => {
      await installFolder(folder, sha256OfFiles(lock), (temporary) =>
        pipInstall('third-parties', lock, temporary),
      );
      const python = findPython();
      writeRecord('anyPython', programEntry(python.path, python.version, 'this machine'));
    },
  );
}
