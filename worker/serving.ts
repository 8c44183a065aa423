import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Serving, ServingSettings } from '../activities/context.ts';
import { startScript } from '../stack/process.ts';

export interface ServingOptions {
  readonly evidenceDir: string;
  /** Where the process's log lies while it runs. */
  readonly scratchDir: string;
  /** Another serving program in place of our gateway; it says `{ "listening": url }` on a line of its own. */
  readonly file?: string;
  /** Added to the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
// A busy machine must not look like a model that fails; how long an answer took is measured and judged by itself.
const MODEL_TIMEOUT_MS = 10_000;

/**
 * How stages get a gateway of their own: it has no traffic, logs no predictions and keeps no state. It dies with this
 * process, even by kill -9; `stop` ends it by its id and waits until it is gone.
 */
export function createStartServing({
  evidenceDir,
  scratchDir,
  file = join(root, 'services/gateway/main.ts'),
  env = {},
}: ServingOptions): (settings?: ServingSettings) => Promise<Serving> {
  return async ({ modelTimeoutMs = MODEL_TIMEOUT_MS } = {}) => {
    const log = join(scratchDir, `serving-${randomUUID()}.log`);
    let url: string | undefined;
    const started = await startScript({
      name: 'serving',
      file,
      cwd: root,
      log,
      env: {
        EVIDENCE_DIR: evidenceDir,
        PREDICTION_LOG: 'off',
        GATEWAY_HOST: '127.0.0.1',
        GATEWAY_PORT: '0',
        GATEWAY_TIMEOUT_MS: String(modelTimeoutMs),
        // The worker's own, which must not be taken for the trial's.
        DATA_DIR: '',
        HEALTH_PORT: '',
        METRICS_PORT: '',
        LOG_LEVEL: 'warn',
        ...env,
      },
      ready: async () => {
        url = listeningIn(await readFile(log, 'utf8'));
        return url !== undefined;
      },
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
    const stop = async (): Promise<void> => {
      await started.stop();
      await rm(log, { force: true });
    };
    if (url === undefined) {
      await stop();
      throw new Error('the serving process did not say where it listens');
    }
    return { url, pid: started.pid, stop };
  };
}

/** The address in the gateway's line `{ "listening": url }`. */
function listeningIn(log: string): string | undefined {
  return /^\{"listening":"([^"]+)"\}$/m.exec(log)?.[1];
}
