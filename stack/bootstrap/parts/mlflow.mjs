import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { hasStamp, removeStamp, sha256OfFiles, writeStamp } from '../install.mjs';
import { programEntry, writeRecord } from '../record.mjs';
import { runTool } from '../run.mjs';
import { step } from '../say.mjs';
import { findPython } from './python.mjs';

export const name = 'MLflow';

const lock = join(root, 'stack/bootstrap/locks/mlflow.txt');
const folder = join(cache, 'mlflow');
const interpreter = join(folder, 'bin/python');

export function isReady() {
  return existsSync(interpreter) && hasStamp(folder, sha256OfFiles(lock));
}

export function checkTools() {
  findPython();
}

export async function install() {
  const python = findPython();
  await step(`installing the server of MLflow ${versions.mlflow}`, 'tests keep it in step', async () => {
    // An environment cannot be renamed, so it is made in place: without its stamp it is completed, never believed.
    removeStamp(folder);
    if (!existsSync(interpreter))
      await runTool('mlflow-venv', python.path, ['-m', 'venv', '--clear', folder]);
    const options = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--no-compile'];
    await runTool('mlflow', interpreter, [
      ...['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--only-binary', ':all:', ...options],
      ...['-r', lock],
    ]);
    writeStamp(folder, sha256OfFiles(lock));
    writeRecord('mlflowPython', programEntry(interpreter, versions.mlflow, 'venv'));
  });
}
