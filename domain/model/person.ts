import type { ModelCommandOf } from './commands.ts';
import { decisionId, untaken } from './decision-id.ts';
import type { ModelEvent, RetrainingDecision } from './events.ts';
import { championOf } from './state.ts';
import type { ModelState } from './state.ts';

/**
 * What a person says about retrainings: the same rules of state as for drift, but no cool-down and no budget, because a
 * person weighed them; the reason is in the ledger.
 */
export function decideByPerson(command: ModelCommandOf<'DecideRetraining'>, state: ModelState): ModelEvent[] {
  const { action, decision, by, reason, at } = command;
  const { held } = state;
  const refuse = (why: string): ModelEvent[] => refused(action, by, why, at);
  const stranger = notAllowed(by, state);
  if (stranger !== null) return refuse(stranger);
  if (!held || held.decision !== decision) {
    const now = held ? `${held.decision} does` : 'none does';
    return refuse(`retraining ${decision} does not await a person; ${now}`);
  }
  if (action === 'reject') return [{ type: 'RetrainingDropped', data: { decision, reason, by }, at }];
  if (state.running) return refuse(`retraining ${state.running.decision} is under way`);
  const { why: _, ...data } = held;
  return [{ type: 'RetrainingDecided', data: { ...data, approval: { by, reason } }, at }];
}

export function startByPerson(command: ModelCommandOf<'StartRetraining'>, state: ModelState): ModelEvent[] {
  const { by, reason, until, at } = command;
  const refuse = (why: string): ModelEvent[] => refused('start', by, why, at);
  const version = championOf(state);
  const policy = state.retraining?.spec.policy;
  if (version === null) return refuse('no version serves');
  if (!policy) return refuse('the release that serves has no retraining settings');
  const stranger = notAllowed(by, state);
  if (stranger !== null) return refuse(stranger);
  if (state.running) return refuse(`retraining ${state.running.decision} is under way`);
  if (state.held)
    return refuse(`retraining ${state.held.decision} awaits a person; approve or reject that one`);
  const windowEnd = until ?? newestWindow(state);
  if (windowEnd === undefined)
    return refuse('no drift event was seen, so say with `until` up to when data may be used (ISO 8601 UTC)');
  const evidence = { version, windowStart: windowEnd, windowEnd };
  const base = decisionId(evidence, policy) ?? `${version}.${windowEnd.slice(0, 10)}`;
  const data: RetrainingDecision = {
    decision: untaken(`${base}.by-hand`, state.decisions),
    version,
    reason: `${by} asked for it: ${reason}`,
    driftEvents: [],
    windowEnd,
    approval: { by, reason },
  };
  return [{ type: 'RetrainingDecided', data, at }];
}

/** What waits for a version that no longer serves has lost its reason, and incidents were about that version. */
export function afterChange(state: ModelState, at: string): ModelEvent[] {
  const champion = championOf(state);
  const waiting = [state.held, state.queued].filter((one) => one && one.version !== champion);
  const dropped = waiting.map((one): ModelEvent => ({
    type: 'RetrainingDropped',
    data: { decision: one!.decision, reason: `version ${one!.version} does not serve any more` },
    at,
  }));
  const over = (state.incidents ?? []).filter(({ version }) => version !== champion);
  const cleared = over.map(({ incident, version }): ModelEvent => ({
    type: 'IncidentCleared',
    data: { incident, why: `version ${version} does not serve any more` },
    at,
  }));
  return [...dropped, ...cleared];
}

function notAllowed(by: string, { retraining }: ModelState): string | null {
  const approvers = retraining?.spec.policy.approvers;
  if (!approvers || approvers.includes(by)) return null;
  return `${by} may not decide on retrainings; ${approvers.join(', ')} may`;
}

function refused(message: string, from: string, reason: string, at: string): ModelEvent[] {
  return [{ type: 'MessageRefused', data: { message: `retraining ${message} from ${from}`, reason }, at }];
}

function newestWindow({ signals = {}, decisions }: ModelState): string | undefined {
  const ends = [
    ...Object.values(signals).flatMap(({ drifted }) => drifted),
    ...decisions.map((d) => d.windowEnd),
  ];
  return ends.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1);
}
