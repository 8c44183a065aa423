import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { hasStamp, removeStamp, sha256OfFiles, writeStamp } from '../install.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { runTool } from '../run.mjs';
import { step } from '../say.mjs';
import { findPython } from './python.mjs';

export const name = "the example's Python environment";

const lock = join(root, 'examples/flight-delays/python/requirements.lock');
const folder = join(cache, 'python');
const interpreter = join(folder, 'bin/python');

export function isReady() {
  return existsSync(interpreter) && hasStamp(folder, sha256OfFiles(lock));
}

export function checkTools() {
  findPython(versions.examplePythonNewest);
}

export async function install() {
  const python = findPython(versions.examplePythonNewest);
  await step('installing the Python packages of the example', 'it trains with scikit-learn', async () => {
    // An environment cannot be renamed, so it is made in place: without its stamp it is completed, never believed.
    removeStamp(folder);
    if (!existsSync(interpreter))
      await runTool('example-venv', python.path, ['-m', 'venv', '--clear', folder]);
    const options = [
      '--no-input',
      '--disable-pip-version-check',
      '--progress-bar',
      'off',
      '--require-hashes',
    ];
    await runTool('example-python', interpreter, ['-m', 'pip', 'install', ...options, '-r', lock]);
    writeStamp(folder, sha256OfFiles(lock));
    writeRecord('examplePython', programEntry(interpreter, python.version, 'venv'));
  });
}
