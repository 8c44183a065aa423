// Runs one model version in a thread of its own, because onnxruntime-node computes synchronously: on the main thread a
// slow model would stop every other request, and no timeout could ever fire. Plain JavaScript, because tsx does not
// reach into worker threads on Node 20 (ERR_UNKNOWN_FILE_EXTENSION), and it starts in a tenth of a second.
//
// Messages in:  { id, columns: { name: string[] | Float32Array }, rows } | { close: true }
// Messages out: { loaded: ModelFacts } | { refused: string } | { id, probabilities, classes } | { id, error }
import { parentPort, workerData } from 'node:worker_threads';
import ort from 'onnxruntime-node';

const { path, output } = workerData;

function facts(metadata) {
  return metadata.map((value) => ({
    name: value.name,
    type: value.isTensor ? value.type : 'no tensor',
    shape: value.isTensor ? [...value.shape] : [],
  }));
}

async function run(session, { id, columns, rows }) {
  try {
    const feeds = {};
    for (const [name, data] of Object.entries(columns)) {
      feeds[name] = new ort.Tensor(Array.isArray(data) ? 'string' : 'float32', data, [rows, 1]);
    }
    const result = (await session.run(feeds, [output]))[output];
    if (result.dims.length !== 2 || result.dims[0] !== rows) {
      throw new Error(
        `output "${output}" has shape [${result.dims}] for ${rows} rows, not [${rows}, classes]`,
      );
    }
    parentPort.postMessage({ id, probabilities: result.data, classes: result.dims[1] });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

try {
  const session = await ort.InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4, // failures come back as errors; the library need not print them as well
  });
  parentPort.on('message', (message) => {
    if (!message.close) return void run(session, message);
    // Only an idle thread may end: ending one inside a native call aborts the whole process.
    void session.release().finally(() => parentPort.close());
  });
  parentPort.postMessage({
    loaded: { inputs: facts(session.inputMetadata), outputs: facts(session.outputMetadata) },
  });
} catch (error) {
  parentPort.postMessage({ refused: error instanceof Error ? error.message : String(error) });
  parentPort.close();
}
