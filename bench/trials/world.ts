import { join } from 'node:path';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { openLedger } from '../../adapters/ledger/index.ts';
import type { Ledger } from '../../adapters/ledger/index.ts';
import { topicSettings } from '../../contracts/topics.ts';
import { monthlyFiles } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights } from '../../examples/flight-delays/rows.ts';
import { createTraffic } from '../../examples/flight-delays/traffic.ts';
import { preparedDir } from '../../examples/flight-delays/window.ts';
import { startGateway } from '../../services/gateway/server.ts';
import { startDatabase } from '../../stack/parts/database.ts';
import { call, only, setTraffic } from '../../test/gateway/support.ts';
import { startBroker } from '../../test/kafka/broker.ts';

/** What the stages reach: a real broker, a real ledger, and production, where a champion serves the callers of March. */
export interface World {
  readonly log: EventLog;
  readonly ledger: Ledger;
  readonly gatewayUrl: string;
  /** Real callers of the model while `work` runs, so many a second. */
  beside<T>(model: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CALLS_PER_SECOND = 100;
const CHAMPION = 'champion';

export async function startWorld(dir: string): Promise<World> {
  const [broker, database] = await Promise.all([
    startBroker(),
    startDatabase({ dataDir: join(dir, 'database') }),
  ]);
  const log = await broker.connect();
  await log.ensureTopics(topicSettings);
  const ledger = await openLedger(database.extra?.['url'] ?? '');
  await ledger.migrate();
  const gateway = await startGateway({
    port: 0,
    evidenceDir: join(dir, 'production-evidence'),
    dataDir: join(dir, 'gateway'),
    log: () => broker.connect(),
  });
  return {
    log,
    ledger,
    gatewayUrl: gateway.url,
    beside: async (model, work) => {
      const files = await monthlyFiles(preparedDir);
      const flights = await readFlights({ files, from: monthStart(3), to: monthStart(4) });
      const traffic = createTraffic({ gatewayUrl: gateway.url, model, log, flights });
      let over = false;
      const calling = traffic.playUntil({ until: () => over, perSecond: CALLS_PER_SECOND });
      try {
        return await work();
      } finally {
        over = true;
        await calling;
        traffic.close();
      }
    },
    close: async () => {
      await gateway.close();
      await ledger.close();
      await log.close();
      await Promise.all([broker.destroy(), database.stop()]);
    },
  };
}

/** Puts the trained model of a folder in front of all production callers. */
export async function crown(
  dir: string,
  { gatewayUrl }: World,
  model: string,
  folder: string,
): Promise<void> {
  const evidence = openEvidence(join(dir, 'production-evidence'));
  const put = (name: string, mediaType: string) => evidence.putFile(join(folder, name), { name, mediaType });
  const body = {
    artifact: await put('model.onnx', 'application/onnx'),
    signature: await put('signature.json', 'application/json'),
    fallback: { score: 0.23 },
    threshold: 0.5,
  };
  const loaded = await call(`${gatewayUrl}/admin/models/${model}/versions/${CHAMPION}`, 'PUT', body);
  if (loaded.status !== 200) throw new Error(`the champion was not loaded: ${JSON.stringify(loaded.body)}`);
  await setTraffic(gatewayUrl, only(CHAMPION), { model });
}
