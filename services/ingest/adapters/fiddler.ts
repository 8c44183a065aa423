import { driftKinds } from '../../../contracts/live-events.ts';
import type { Measurement, Severity } from '../../../contracts/live-events.ts';
import { AdaptRefusal } from './adapter.ts';
import { defineAdapter } from './define-adapter.ts';
import { measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, flag, isObject, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Alert records of Fiddler, as its API answers: `{ "data": { "items": [...] } }`, a list, or one. A record has value and limits but
 * neither metric nor direction; these are the alert rule's, and the configuration repeats them under the rule's id:
 * `{ "rules": { "<alert_config_uuid>": { "metric": "psi", "condition": "greater", "model": "churn", "version": "7", "kind": "data" } } }`.
 * Facts from Fiddler's Python client, `AlertRecord` and `AlertRule`.
 */
export const fiddler = defineAdapter({
  name: 'fiddler',
  version: 1,
  accepts: (body) =>
    recordsOf(body).some(
      (one) => number(one['alert_value']) !== undefined && flag(one['is_alert']) !== undefined,
    ),
  read: (body, { config }) => recordsOf(body).map((one) => finding(one, config)),
});

function recordsOf(body: unknown): readonly Json[] {
  const items = at(body, 'data', 'items') ?? at(body, 'items') ?? body;
  return objects(isObject(items) ? [items] : items);
}

const DIRECTIONS = { greater: 'gt', lesser: 'lt' } as const;

function finding(record: Json, config: Json): Finding {
  const rule = text(record['alert_config_uuid']) ?? text(record['alert_rule_id']) ?? '';
  const known = at(config, 'rules', rule);
  const condition = text(record['condition']) ?? text(at(known, 'condition')) ?? text(config['condition']);
  if (condition !== 'greater' && condition !== 'lesser')
    throw new AdaptRefusal(
      'no-threshold',
      'a Fiddler record does not say which side of its limit is bad; set `condition` of the rule to greater or lesser',
    );
  const value = number(record['alert_value']);
  const alert = flag(record['is_alert']);
  const words = text(record['severity'])?.toLowerCase();
  const severity: Severity | undefined = words === 'critical' || words === 'warning' ? words : undefined;
  const critical = number(record['critical_threshold']);
  const threshold = severity === 'warning' ? (number(record['warning_threshold']) ?? critical) : critical;
  const name = text(record['feature_name']) ?? null;
  const metric = text(at(known, 'metric')) ?? text(config['metric']) ?? 'alert_value';
  const measurements: Measurement[] =
    value === undefined || threshold === undefined
      ? []
      : [
          measured({
            scope: name === null ? 'dataset' : 'feature',
            name,
            metric,
            value,
            threshold,
            driftWhen: DIRECTIONS[condition],
            drifted: alert,
          }),
        ];
  return {
    kind: driftKinds.find((kind) => kind === at(known, 'kind')) ?? 'data',
    claim: alert === undefined ? 'unresolved' : alert ? 'drift' : 'no_drift',
    model: text(at(known, 'model')),
    version: text(at(known, 'version')),
    monitorId: rule === '' ? undefined : rule,
    severity,
    end: time(record['alert_time_bucket']) ?? time(record['alert_run_start_time']),
    measurements,
    identity: text(record['uuid']) ?? text(record['id']),
  };
}
