import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { step } from '../say.mjs';
import { findPython, hasEnvironment, makeEnvironment } from './python.mjs';

export const name = 'the Python environment of a stage of your own';

const lock = join(root, 'examples/python-stage/requirements.lock');
const folder = join(cache, 'python-stage');

export function isReady() {
  return hasEnvironment(folder, lock);
}

export function checkTools() {
  findPython(versions.examplePythonNewest);
}

export async function install() {
  const python = findPython(versions.examplePythonNewest);
  await step(
    'installing the Python packages of a stage of your own',
    'tests run a release with it',
    async () => {
      const interpreter = await makeEnvironment('stage-python', python, lock, folder, ['--no-compile']);
      writeRecord('stagePython', programEntry(interpreter, python.version, 'venv'));
    },
  );
}
