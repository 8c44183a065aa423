import type { RunEvent } from '../../../contracts/openlineage.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { ReleaseEvent } from '../../../domain/release/index.ts';
import { errorFacet, ownFacet } from './facets.ts';
import { releaseRun, retrainingRun, servingOf } from './runs.ts';
import type { Said, Speaker } from './speaker.ts';

/**
 * What one fact of a release means: a run that begins with the request and ends with the promotion, or before it. What comes
 * later is said of the same run as `OTHER`. `before` is the stream up to the fact.
 */
export function eventsOfRelease(
  speaker: Speaker,
  before: readonly ReleaseEvent[],
  fact: ReleaseEvent,
): RunEvent[] {
  const [first] = fact.type === 'ReleaseRequested' ? [fact] : before;
  if (first?.type !== 'ReleaseRequested') return [];
  const { plan, planRef } = first.data;
  const { model, version } = plan;
  const run = releaseRun(model, version);
  const { at } = fact;
  const say = (type: RunEvent['eventType'], more: Omit<Said, 'at'>): RunEvent =>
    speaker.say(type, run, { at, ...more });
  const state = (text: string, reason: string | null = null) => ({
    seatrial_release: ownFacet('Release', {
      release: run.id,
      plan: planRef,
      requester: plan.requester,
      state: text,
      reason,
    }),
  });
  const promoted = before.some(({ type }) => type === 'VersionPromoted');

  if (fact.type === 'ReleaseRequested') {
    const input = speaker.version(model, version, {
      seatrial_evidence: ownFacet('Evidence', { ...plan.artifact }),
    });
    return [say('START', { facets: { ...state('requested'), ...ledHere(speaker, plan) }, inputs: [input] })];
  }
  if (fact.type === 'TrafficShifted') {
    const shift = before.findLast(
      (event) => event.type === 'TrafficShiftStarted' && event.data.shift.changeId === fact.data.changeId,
    );
    if (shift?.type !== 'TrafficShiftStarted') return [];
    const { purpose, arms } = shift.data.shift;
    return [say('RUNNING', { facets: { seatrial_traffic: ownFacet('Traffic', { purpose, arms }) } })];
  }
  if (fact.type === 'VersionPromoted') {
    return [
      say('COMPLETE', { facets: state('live'), outputs: [speaker.version(servingOf(model), version)] }),
    ];
  }
  if (fact.type === 'ReleaseRolledBack') {
    const arms = [{ arm: 'baseline', version: fact.data.to, weight: 100 }];
    const facets = { seatrial_traffic: ownFacet('Traffic', { purpose: 'rollback', arms }) };
    const outputs = [speaker.version(servingOf(model), fact.data.to)];
    return [say(promoted ? 'OTHER' : 'RUNNING', { facets, outputs })];
  }
  if (fact.type === 'ReleaseEnded') {
    const { outcome, reason } = fact.data;
    const facets = state(outcome, reason);
    if (promoted) return [say('OTHER', { facets })];
    if (outcome === 'completed') return [say('COMPLETE', { facets })];
    if (outcome === 'aborted' || outcome === 'superseded') return [say('ABORT', { facets })];
    return [say('FAIL', { facets: { ...facets, ...errorFacet(`${outcome}: ${reason}`) } })];
  }
  return [];
}

/** The retraining that made the version, if one did. */
function ledHere(speaker: Speaker, { model, lineage }: Plan) {
  const decision = lineage?.['decision'];
  return typeof decision === 'string' ? speaker.dependsOn(retrainingRun(model, decision)) : {};
}
