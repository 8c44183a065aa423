import { join } from 'node:path';
import { cache, root, versions } from '../places.mjs';
import { environmentPart } from './python.mjs';

export const { name, isReady, checkTools, install } = environmentPart({
  name: "the example's Python environment",
  folder: join(cache, 'python'),
  lock: join(root, 'examples/flight-delays/python/requirements.lock'),
  newest: versions.examplePythonNewest,
  record: 'examplePython',
  doing: 'installing the Python packages of the example',
  why: 'it trains with scikit-learn',
  logName: 'example-python',
});
