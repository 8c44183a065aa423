import { openLedger } from '../../adapters/ledger/index.ts';
import { createLogger } from '../../adapters/log.ts';
import { serveHealth } from '../../adapters/service.ts';
import { onShutdown } from '../../adapters/shutdown.ts';
import { follow } from './follow.ts';
import { outboxHealth, outboxMetrics } from './metrics.ts';
import { outboxSettings } from './settings.ts';
import { openSinks } from './sinks.ts';

/**
 * Tells others what the ledger says: the registry of models, for one. It only reads what is written already, so nothing
 * that it waits for can hold up a release or a rollback.
 */
const log = createLogger('outbox');
const settings = outboxSettings(process.env);
const ledger = await openLedger(settings.databaseUrl);
await ledger.migrate();
const sinks = await openSinks(settings, ledger, log);
const followers = sinks.map((sink) => follow(ledger.feed(sink.name), sink, log));
const health = await serveHealth({
  port: settings.healthPort,
  ...(settings.healthHost === undefined ? {} : { host: settings.healthHost }),
  health: () => outboxHealth(followers),
  metrics: outboxMetrics(followers),
});
onShutdown(
  async () => {
    await Promise.all(followers.map((follower) => follower.stop()));
    await health.close();
    await ledger.close();
  },
  { log },
);
log.info({ port: health.port, sinks: sinks.map(({ name, place }) => `${name}: ${place}`) }, 'following');
