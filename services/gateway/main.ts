import { pino } from 'pino';
import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import { serveHealth } from '../../adapters/service.ts';
import { onShutdown } from '../../adapters/shutdown.ts';
import { gatewaySettings } from './options.ts';
import { startGateway } from './server.ts';

// On standard error, because standard output belongs to one line that says where the gateway listens.
const log = pino({ name: 'gateway', level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination(2));

const { logsPredictions, healthPort, ...settings } = gatewaySettings(process.env);
const gateway = await startGateway({
  ...settings,
  log: logsPredictions ? () => connectLog(kafkaSettings(process.env), log) : null,
  onError: (error, what) => log.error({ err: error, what }, 'request failed'),
});
const healthServer =
  healthPort === undefined
    ? undefined
    : await serveHealth({
        port: healthPort,
        host: settings.host,
        health: gateway.health,
        metrics: gateway.metrics,
      });
process.stdout.write(`${JSON.stringify({ listening: gateway.url })}\n`);
onShutdown(
  async () => {
    await healthServer?.close();
    const { unlogged } = await gateway.close();
    if (unlogged > 0) log.error({ unlogged }, 'predictions were not logged');
  },
  { log },
);
