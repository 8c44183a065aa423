import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, bundleWorkflowCode } from '@temporalio/worker';
import type { ActivityContext } from '../../activities/index.ts';
import { openLedger } from '../../adapters/ledger/index.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { payloadConverterPath } from '../../worker/bundle.ts';
import { createWorkers } from '../../worker/workers.ts';

export interface World {
  readonly client: Client;
  /** CPU seconds so far of this process, which holds the workers; of Temporal's server; of the database. */
  cpu(): CpuSeconds;
  stop(): Promise<void>;
}

export interface CpuSeconds {
  readonly worker: number;
  /** null where the system does not say, which is everywhere but on Linux. */
  readonly server: number | null;
  readonly database: number | null;
}

/** The real development server, the real embedded database, and our own workers in this process. */
export async function startWorld(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'seatrial-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
    const temporal = await startTemporal({ dataDir: join(dir, 'temporal') });
    closing.push(() => temporal.stop());
    const database = await startDatabase({ dataDir: join(dir, 'database') });
    closing.push(() => database.stop());
    const ledger = await openLedger(database.extra['url'] ?? '');
    closing.push(() => ledger.close());
    await ledger.migrate();
    const [native, connection] = await Promise.all([
      NativeConnection.connect({ address: temporal.address }),
      Connection.connect({ address: temporal.address }),
    ]);
    closing.push(
      () => native.close(),
      () => connection.close(),
    );
    const bundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
      payloadConverterPath,
      logger: new DefaultLogger('WARN'),
    });
    // Stages that do nothing reach for nothing else.
    const context = { ledger } as unknown as ActivityContext;
    const workers = await createWorkers({
      connection: native,
      namespace: 'default',
      queues: ['release', 'trials'],
      context,
      bundle: { bundle, buildId: 'bench' },
      buildId: 'bench',
      versioning: false,
    });
    const running = Promise.all(workers.map((worker) => worker.run()));
    closing.push(async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    });
    return {
      client: new Client({ connection }),
      cpu: () => ({
        worker: ownCpu(),
        server: cpuOf(temporal.pid),
        database: cpuOf(database.pid),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const TICKS_PER_SECOND = 100;

/** User and system time of a process and its threads; fields 14 and 15 of /proc/PID/stat, in ticks. */
function cpuOf(pid: number | undefined): number | null {
  if (pid === undefined || process.platform !== 'linux') return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
