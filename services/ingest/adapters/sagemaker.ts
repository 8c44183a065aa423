import type { DriftKind, Measurement } from '../../../contracts/live-events.ts';
import { defineAdapter } from './define-adapter.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Amazon SageMaker Model Monitor: the file `constraint_violations.json`, or the EventBridge event of its processing job. The file
 * has numbers only inside prose. The event only says that there were violations, so it is `unresolved` until somebody sends the
 * file; AWS may send several events for one job, so the job's ARN is its identity.
 * Facts from docs.aws.amazon.com/sagemaker, "Schema for Violations" and "Events that SageMaker AI sends to EventBridge".
 */
export const sagemaker = defineAdapter({
  name: 'sagemaker',
  version: 1,
  accepts: (body) =>
    Array.isArray(at(body, 'violations')) ||
    (at(body, 'source') === 'aws.sagemaker' && text(at(body, 'detail', 'ProcessingJobArn')) !== undefined),
  read: (body) => (Array.isArray(at(body, 'violations')) ? violations(body) : job(body)),
});

function violations(body: unknown): Finding[] {
  const found = objects(at(body, 'violations'));
  const drift = found.filter(isDistribution);
  const quality = found.filter((one) => !isDistribution(one));
  const finding = (kind: DriftKind, list: readonly Json[]): Finding => ({
    kind,
    claim: null,
    measurements: list.length === 0 ? [flagged('violations', false)] : list.flatMap(measurement),
  });
  // A changed distribution is what retraining may mend; a missing column is not.
  return [
    ...(drift.length > 0 || quality.length === 0 ? [finding('data', drift)] : []),
    ...(quality.length > 0 ? [finding('quality', quality)] : []),
  ];
}

const isDistribution = (one: Json): boolean => one['constraint_check_type'] === 'baseline_drift_check';

function measurement(one: Json): Measurement[] {
  const check = text(one['constraint_check_type']) ?? 'violation';
  const name = text(one['feature_name']) ?? null;
  const prose = text(one['description']) ?? '';
  const match = /distance:?\s*([\d.eE+-]+)\s*exceeds\s*threshold:?\s*([\d.eE+-]+)/i.exec(
    prose.slice(0, 1000),
  );
  const value = number(match?.[1]?.replace(/\.$/, ''));
  const threshold = number(match?.[2]?.replace(/\.$/, ''));
  if (value === undefined || threshold === undefined) return [flagged(check, true, 'feature', name)];
  return [
    measured({ scope: 'feature', name, metric: check, value, threshold, driftWhen: 'gt', drifted: true }),
  ];
}

function job(body: unknown): Finding[] {
  const detail = at(body, 'detail');
  const message = text(at(detail, 'ExitMessage')) ?? '';
  const state = text(at(detail, 'ProcessingJobStatus'));
  if (state !== 'Completed') return [];
  const clean = /^Completed:/.test(message);
  return [
    {
      kind: 'data',
      claim: clean ? 'no_drift' : 'unresolved',
      monitorId: text(at(detail, 'MonitoringScheduleArn'))?.split('/').at(-1),
      end: time(at(detail, 'ProcessingEndTime')) ?? time(at(body, 'time')),
      identity: text(at(detail, 'ProcessingJobArn')),
      measurements: [flagged('violations', !clean)],
    },
  ];
}
