import { watchGateways, type AlertWatch } from '../../adapters/alerts/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../adapters/log.ts';
import { usualThresholds, type AlertPolicy } from '../../domain/alerts/index.ts';

export interface AlertSettings {
  /** Name to base URL of each gateway; none are watched when there are none. */
  readonly targets: Readonly<Record<string, string>>;
  /** Where each alert is posted too. */
  readonly webhook: string | undefined;
  readonly policy: AlertPolicy;
  readonly everyMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Ten seconds of trouble before anybody is called, and shares over a minute. */
const EVERY_MS = 5_000;
const TIMEOUT_MS = 5_000;

/**
 * Reads `ALERT_TARGETS` (`name=url,name=url`; the gateway at `GATEWAY_URL` when not set, nothing when neither is),
 * `ALERT_WEBHOOK` and `ALERT_SLOW_MS` (500). Throws an Error that names the variable to mend.
 */
export function alertSettings(env: Environment): AlertSettings {
  const slowMs = Number(env['ALERT_SLOW_MS'] || usualThresholds.slowMs);
  if (!(slowMs > 0)) throw new Error(`ALERT_SLOW_MS: '${env['ALERT_SLOW_MS']}' must be a number above 0`);
  const webhook = env['ALERT_WEBHOOK'] || undefined;
  if (webhook !== undefined && !URL.canParse(webhook))
    throw new Error(`ALERT_WEBHOOK: '${webhook}' is no URL`);
  return {
    targets: targetsOf(env),
    webhook,
    policy: { ...usualThresholds, slowMs, raiseAfter: 2, resolveAfter: 3, windowLooks: 12 },
    everyMs: EVERY_MS,
  };
}

function targetsOf(env: Environment): Record<string, string> {
  const text = env['ALERT_TARGETS'];
  if (!text) return env['GATEWAY_URL'] ? { gateway: env['GATEWAY_URL'] } : {};
  return Object.fromEntries(
    text.split(',').map((entry) => {
      const at = entry.indexOf('=');
      const [name, url] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
      if (at > 0 && URL.canParse(url)) return [name, url];
      throw new Error(`ALERT_TARGETS: '${entry}' is not name=url, such as a=http://gateway-a:8080`);
    }),
  );
}

/** Watches the gateways that callers use. The incident drill runs the same watch over its staging gateways. */
export function startAlerts(
  { targets, webhook, policy, everyMs }: AlertSettings,
  environment: string,
  log: EventLog,
  logger: Logger,
): AlertWatch {
  return watchGateways({
    environment,
    targets,
    sinks: { log, ...(webhook === undefined ? {} : { webhook }) },
    policy,
    everyMs,
    timeoutMs: TIMEOUT_MS,
    onError: (error) => logger.error({ err: error }, 'an alert was not delivered'),
  });
}
