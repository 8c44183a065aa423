// What each command runs and what it needs.
import * as chromium from './parts/chromium.mjs';
import * as examplePython from './parts/example-python.mjs';
import * as java from './parts/java.mjs';
import * as kafka from './parts/kafka.mjs';
import * as kcat from './parts/kcat.mjs';
import * as mlflow from './parts/mlflow.mjs';
import * as node from './parts/node.mjs';
import * as packages from './parts/packages.mjs';
import * as stagePython from './parts/stage-python.mjs';
import * as temporal from './parts/temporal.mjs';
import * as testServer from './parts/test-server.mjs';
import * as thirdParties from './parts/third-parties.mjs';

const packagesOnly = [node, packages];
const stack = [...packagesOnly, temporal, java, kafka];
const everything = [...stack, testServer, examplePython];
/** What only the tests need. */
const forTests = [chromium, kcat, mlflow, stagePython, thirdParties];

/**
 * `replaceable: false` installs the embedded part although TEMPORAL_ADDRESS or KAFKA_BROKERS names a real one: the tests
 * start the embedded parts themselves.
 */
export const commands = {
  demo: { script: 'examples/flight-delays/demo.ts', parts: [...stack, examplePython] },
  up: { script: 'stack/up.ts', parts: stack },
  test: { script: 'test/run.ts', parts: [...everything, ...forTests], replaceable: false },
  bench: { script: 'bench/run.ts', parts: everything },
  seatrial: { script: 'client/cli.ts', parts: packagesOnly },
  verify: { script: 'test/verify.ts', parts: packagesOnly },
  install: { script: undefined, parts: [...everything, ...forTests] },
};
