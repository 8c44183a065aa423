import { driftKinds } from '../../../contracts/live-events.ts';
import type { Measurement, Severity } from '../../../contracts/live-events.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const DIRECTIONS: readonly Measurement['driftWhen'][] = ['gt', 'gte', 'lt', 'lte'];

/**
 * The alerts of a webhook of Alertmanager or of Grafana, which writes the same and more. Each alert is a verdict: firing is drift,
 * resolved is none. Labels `model`, `version`, `environment`, `kind`, `severity`; annotations `value`, `threshold`, `drift_when`
 * (all three, or the alert is just a yes), `metric`, `feature`. A repeated notification has the same start and so the same id.
 */
export function alertFindings(body: unknown): Finding[] {
  return objects(at(body, 'alerts')).flatMap((alert) => {
    const status = text(alert['status']);
    if (status !== 'firing' && status !== 'resolved') return [];
    const label = (name: string): string | undefined =>
      text(at(alert, 'labels', name)) ?? text(at(body, 'commonLabels', name));
    const start = time(alert['startsAt']);
    const ended = time(alert['endsAt']);
    const resolved = status === 'resolved';
    const name = label('alertname') ?? 'alert';
    const severity = label('severity')?.toLowerCase();
    return [
      {
        kind: driftKinds.find((kind) => kind === label('kind')) ?? 'data',
        claim: resolved ? 'no_drift' : 'drift',
        // Alertmanager says that a group resolved only when all of it has.
        contradictory: !resolved && at(body, 'status') === 'resolved',
        model: label('model') ?? label('model_name'),
        version: label('version') ?? label('model_version'),
        environment: label('environment') ?? label('env'),
        monitorId: name,
        severity: SEVERITIES.find((one) => one === severity),
        start,
        end: resolved ? (ended ?? start) : start,
        measurements: [measurement(alert, name, !resolved)],
        identity: text(alert['fingerprint']) ?? JSON.stringify([name, label('feature'), label('instance')]),
      } satisfies Finding,
    ];
  });
}

function measurement(alert: Json, alertname: string, firing: boolean): Measurement {
  const note = (name: string): unknown => at(alert, 'annotations', name);
  const value = number(note('value'));
  const threshold = number(note('threshold'));
  const driftWhen = DIRECTIONS.find((one) => one === note('drift_when'));
  const metric = text(note('metric')) ?? alertname;
  const name = text(note('feature')) ?? text(at(alert, 'labels', 'feature')) ?? null;
  const scope = name === null ? 'dataset' : 'feature';
  if (value === undefined || threshold === undefined || driftWhen === undefined)
    return flagged(metric, firing, scope, name);
  return measured({ scope, name, metric, value, threshold, driftWhen, drifted: firing });
}
