// Runs one pure function of a TypeScript module in a thread of its own. Plain JavaScript, because Node 20 starts a thread without
// the loader of its parent; the loader is asked for here.
//
// workerData:   { module: file URL, name: exported function, input }
// Messages out: { share } while it runs | { result } | { error }
import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
try {
  const { module, name, input } = workerData;
  const functions = await import(module);
  const result = await functions[name](input, (share) => parentPort.postMessage({ share }));
  parentPort.postMessage({ result });
} catch (error) {
  parentPort.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
