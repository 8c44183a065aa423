import { alertFindings } from './alert-webhook.ts';
import { defineAdapter } from './define-adapter.ts';
import { at, number } from './read-json.ts';

/**
 * The webhook of Grafana Alerting: Alertmanager's, with `orgId` and with `values` that carry no threshold and no direction. So the
 * annotations say them, as templates: `value: '{{ $values.B.Value }}'`, `threshold: '0.2'`, `drift_when: gt`.
 * Facts from grafana.com/docs/grafana/latest/alerting, "Configure webhook notifications".
 */
export const grafana = defineAdapter({
  name: 'grafana',
  version: 1,
  accepts: (body) => number(at(body, 'orgId')) !== undefined && Array.isArray(at(body, 'alerts')),
  read: alertFindings,
});
