import { alertFindings } from './alert-webhook.ts';
import { defineAdapter } from './define-adapter.ts';
import { at, text } from './read-json.ts';

/**
 * The webhook of Prometheus' Alertmanager, version 4. `alert-webhook.ts` says which labels and annotations are read.
 * Facts from prometheus.io/docs/alerting/latest/configuration, "webhook_config".
 */
export const alertmanager = defineAdapter({
  name: 'alertmanager',
  version: 1,
  accepts: (body) =>
    at(body, 'version') === '4' &&
    text(at(body, 'groupKey')) !== undefined &&
    Array.isArray(at(body, 'alerts')),
  read: alertFindings,
});
