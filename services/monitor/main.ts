import { openEvidence } from '../../adapters/evidence/index.ts';
import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { onShutdown } from '../../adapters/shutdown.ts';
import { alertSettings, startAlerts } from './alerts.ts';
import { startMonitor } from './monitor-process.ts';
import { monitorSettings } from './settings.ts';
import { toolVersion } from './tool-version.ts';

const logger = createLogger('monitor');
const settings = monitorSettings(process.env);
const watched = alertSettings(process.env);
const log = await connectLog(kafkaSettings(process.env));
const evidence = openEvidence(settings.evidenceDir);
const monitor = await startMonitor(settings, { log, evidence, logger, toolVersion });
const alerts = startAlerts(watched, settings.environment, log, logger);
logger.info({ port: monitor.port, id: settings.id }, 'ready');

monitor.failed.catch((error: unknown) => {
  logger.fatal({ err: error }, 'the monitor failed');
  process.exit(1);
});
onShutdown(
  async () => {
    await alerts.stop();
    await monitor.close();
    await log.close();
  },
  { log: logger },
);
