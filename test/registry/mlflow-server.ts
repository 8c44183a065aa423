/** A real MLflow server with a database file, as `mlflow server` runs it: the same application under gunicorn. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installedProgram } from '../../stack/installed.ts';
import { startProcess, type RunningProcess } from '../../stack/process.ts';
import { freePort } from '../ledger/databases.ts';

export interface MlflowServer {
  readonly url: string;
  /** The same address and data again. */
  start(): Promise<void>;
  /** `kill -9` of the master; its worker notices and ends. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startMlflow(dir: string): Promise<MlflowServer> {
  await mkdir(dir, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = `sqlite:///${join(dir, 'mlflow.db')}`;
  const start = (): Promise<RunningProcess> =>
    startProcess({
      name: 'MLflow',
      command: installedProgram('mlflowPython').path,
      args: [
        ...['-m', 'gunicorn', '-b', `127.0.0.1:${port}`, '-w', '1', '--threads', '4', '--no-control-socket'],
        'mlflow.server:app',
      ],
      cwd: dir,
      env: {
        // What `mlflow server --backend-store-uri` tells its workers.
        _MLFLOW_SERVER_FILE_STORE: store,
        _MLFLOW_SERVER_REGISTRY_STORE: store,
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // Nothing of a machine's own settings.
        MLFLOW_TRACKING_URI: '',
      },
      log: join(dir, 'mlflow.log'),
      ready: async () => (await fetch(`${url}/health`)).ok,
      readyTimeoutMs: 150_000,
    });
  let server = await start();
  return {
    url,
    start: async () => void (server = await start()),
    kill: async () => {
      server.kill('SIGKILL');
      await server.exited;
    },
    stop: () => server.stop(),
  };
}
