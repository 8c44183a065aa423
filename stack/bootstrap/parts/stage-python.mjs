import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { environmentPart } from './python.mjs';

export const { name, isReady, checkTools, install } = environmentPart({
  name: 'the Python environment of a stage of your own',
  folder: join(cache, 'python-stage'),
  lock: join(root, 'examples/python-stage/requirements.lock'),
  newest: versions.examplePythonNewest,
  record: 'stagePython',
  doing: 'installing the Python packages of a stage of your own',
  why: 'tests run a release with it',
  logName: 'stage-python',
  pip: ['--no-compile'],
});
