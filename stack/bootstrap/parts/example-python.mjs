import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { step } from '../say.mjs';
import { findPython, hasEnvironment, makeEnvironment } from './python.mjs';

export const name = "the example's Python environment";

const lock = join(root, 'examples/flight-delays/python/requirements.lock');
const folder = join(cache, 'python');

export function isReady() {
  return hasEnvironment(folder, lock);
}

export function checkTools() {
  findPython(versions.examplePythonNewest);
}

export async function install() {
  const python = findPython(versions.examplePythonNewest);
  await step('installing the Python packages of the example', 'it trains with scikit-learn', async () => {
    const interpreter = await makeEnvironment('example-python', python, lock, folder);
    writeRecord('examplePython', programEntry(interpreter, python.version, 'venv'));
  });
}
