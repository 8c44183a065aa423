import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { step } from '../say.mjs';
import { findPython, hasEnvironment, makeEnvironment } from './python.mjs';

export const name = 'MLflow';

const lock = join(root, 'stack/bootstrap/locks/mlflow.txt');
const folder = join(cache, 'mlflow');

export function isReady() {
  return hasEnvironment(folder, lock);
}

export function checkTools() {
  findPython();
}

export async function install() {
  const python = findPython();
  await step(`installing the server of MLflow ${versions.mlflow}`, 'tests keep it in step', async () => {
    const interpreter = await makeEnvironment('mlflow', python, lock, folder, [
      ...['--no-deps', '--only-binary', ':all:', '--no-compile'],
    ]);
    writeRecord('mlflowPython', programEntry(interpreter, versions.mlflow, 'venv'));
  });
}
