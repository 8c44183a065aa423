import type { RetrainingPolicy } from '../../contracts/plan.ts';
import type { ModelState } from './state.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What stands against a retraining on evidence that ends at `windowEnd`: null, or a rule and its reason. In event time alone. */
export function limitOf(
  windowEnd: string,
  policy: RetrainingPolicy,
  state: ModelState,
): { readonly rule: 'cool-down' | 'day' | 'budget'; readonly reason: string } | null {
  const end = Date.parse(windowEnd);
  const rested = end - dataEnd(state);
  if (rested < policy.coolDownHours * HOUR) {
    const reason = `cool-down: ${Math.floor(rested / HOUR)} h of ${policy.coolDownHours} h since the end of the data that it was trained on`;
    return { rule: 'cool-down', reason };
  }
  const today = decidedWithin(DAY, end, state);
  if (policy.budgetPerDay !== undefined && today >= policy.budgetPerDay)
    return { rule: 'day', reason: `budget: ${today} retrainings in 24 hours` };
  const recent = decidedWithin(30 * DAY, end, state);
  if (recent >= policy.budgetPer30Days)
    return { rule: 'budget', reason: `budget: ${recent} retrainings in 30 days; one more needs a person` };
  return null;
}

/** Decisions on evidence of the `span` before `end`, both in milliseconds of event time. */
export function decidedWithin(span: number, end: number, { decisions }: ModelState): number {
  return decisions.filter((past) => end - Date.parse(past.windowEnd) < span).length;
}

/** Evidence that ends before is within the cool-down, in milliseconds of event time; -Infinity when nothing was trained yet. */
export function coolDownEnd(state: ModelState, policy: RetrainingPolicy): number {
  return dataEnd(state) + policy.coolDownHours * HOUR;
}

/** Where the newest training data ends, in milliseconds of event time: of a past retraining, or of the version that serves. */
function dataEnd({ decisions, retraining }: ModelState): number {
  const ends = [...decisions.map(({ windowEnd }) => windowEnd), retraining?.spec.trainedUntil].map((time) =>
    time === undefined ? NaN : Date.parse(time),
  );
  return Math.max(-Infinity, ...ends.filter((time) => Number.isFinite(time)));
}
