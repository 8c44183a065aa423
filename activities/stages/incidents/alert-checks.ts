import type { CheckResult } from '../../../contracts/report.ts';
import { blocking } from '../stage-report.ts';
import type { AlertInbox } from './alert-inbox.ts';

/** Each alert as published, at the webhook and in the log. */
export function alertChecks(
  { received, problems }: AlertInbox,
  logged: ReadonlySet<string> | undefined,
  troubles: readonly string[],
): CheckResult[] {
  const wrong = [...problems, ...troubles];
  const schema = blocking(
    'alert-schema',
    'alerts',
    wrong.length === 0,
    wrong[0] ?? `${received.length} alerts came to the webhook, each as its published schema says`,
  );
  if (logged === undefined) return [schema];
  const absent = received.filter(({ id }) => !logged.has(id)).length;
  const reason = `${received.length - absent} of ${received.length} alerts are in the log too`;
  return [schema, blocking('alert-log', 'alerts', absent === 0 && received.length > 0, reason)];
}
