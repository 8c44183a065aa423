import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { environmentPart } from './python.mjs';

export const { name, isReady, checkTools, install } = environmentPart({
  name: 'MLflow',
  folder: join(cache, 'mlflow'),
  lock: join(root, 'stack/bootstrap/locks/mlflow.txt'),
  record: 'mlflowPython',
  version: versions.mlflow,
  doing: `installing the server of MLflow ${versions.mlflow}`,
  why: 'tests keep it in step',
  logName: 'mlflow',
  pip: ['--no-deps', '--only-binary', ':all:', '--no-compile'],
});
