import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { serveHealth } from '../../adapters/service.ts';
import { onShutdown } from '../../adapters/shutdown.ts';
import { connectClient } from '../../adapters/temporal.ts';
import { topicSettings, topics } from '../../contracts/topics.ts';
import { createDeadLetters } from './dead-letters.ts';
import { deliver } from './deliver.ts';
import { fetchRecords } from './fetch-records.ts';
import { serveIntake } from './http-intake.ts';
import { createMetrics } from './metrics.ts';
import { intakeConfig } from './read-intake.ts';
import { createSliceSettler } from './settle-slice.ts';
import { sliceLimits } from './slice-limits.ts';
import { streamOf } from './stream.ts';

/**
 * Drift events in: from Kafka to the workflows of their models. `KAFKA_*` and `TEMPORAL_*` say where these are;
 * `HEALTH_PORT` (a free port when not set) and `HEALTH_HOST` where `/health` and `/metrics` are served. With `INTAKE_PORT` events
 * come in by HTTP too, on `INTAKE_HOST`, for callers with `INTAKE_TOKEN` when it is set; `INTAKE_CONFIG` names a JSON file with
 * what monitors leave out (`docs/monitors.md`). `DRIFT_TOPIC_GENERATION` names the topic's new life after it was deleted and made again.
 */
const GROUP = 'seatrial-ingest';

const log = createLogger('ingest');
const kafka = await connectLog(kafkaSettings(process.env), log);
const ours: readonly string[] = [topics.drift, topics.driftDeadLetters];
await kafka.ensureTopics(topicSettings.filter(({ topic }) => ours.includes(topic)));
// Lazy: Temporal may be away when this starts, and events then wait in their topic.
const client = await connectClient({ lazy: true });
const metrics = createMetrics(() => kafka.lag(GROUP, [topics.drift]));
const settle = createSliceSettler({
  stream: streamOf(await kafka.clusterId(), process.env['DRIFT_TOPIC_GENERATION']),
  deliver: (fold) => deliver(client, fold),
  deadLetters: createDeadLetters(kafka, topics.driftDeadLetters, GROUP),
  fetchAgain: (topic, partition, offsets) => fetchRecords(kafka, topic, partition, offsets),
  metrics,
  log,
});
const consumption = await kafka.consume(
  {
    group: GROUP,
    topics: [topics.drift],
    fromBeginning: true,
    sliceRecords: sliceLimits.records,
    sliceBytes: sliceLimits.bytes,
    readAhead: true,
  },
  settle,
);
const server = await serveHealth({
  port: Number(process.env['HEALTH_PORT'] ?? 0),
  ...(process.env['HEALTH_HOST'] === undefined ? {} : { host: process.env['HEALTH_HOST'] }),
  health: consumption.health,
  metrics: metrics.registry,
});
const [intakePort, intakeHost, intakeToken] = [
  process.env['INTAKE_PORT'],
  process.env['INTAKE_HOST'],
  process.env['INTAKE_TOKEN'],
];
const intake = intakePort
  ? await serveIntake({
      port: Number(intakePort),
      ...(intakeHost ? { host: intakeHost } : {}),
      ...(intakeToken ? { token: intakeToken } : {}),
      topic: topics.drift,
      log,
      kafka,
      config: intakeConfig(process.env['INTAKE_CONFIG']),
    })
  : undefined;
onShutdown(
  async () => {
    await intake?.close();
    await consumption.stop();
    await server.close();
    await kafka.close();
    await client.connection.close();
  },
  { log },
);
log.info({ group: GROUP, port: server.port, intakePort: intake?.port }, 'ingest is ready');
