import type { ModeFacts, RollbackFacts } from '../../incidents/index.ts';
import { timeChart, type Time } from '../charts/times.ts';
import type { Chart } from '../page.ts';
import { detailsOf, rollbackTime } from './details.ts';
import type { StageFacts } from './stage-page.ts';

interface IncidentDrillDetails {
  readonly modes: Readonly<Record<string, ModeFacts>>;
  readonly rollback: RollbackFacts;
  readonly parameters: { readonly alertSeconds: number; readonly runbookSeconds: number };
}

/** How soon somebody heard of each failure, how long its runbook took, and how long the way back. */
export function incidentDrillCharts(facts: StageFacts): readonly Chart[] {
  const { modes = {}, rollback, parameters } = detailsOf<IncidentDrillDetails>(facts);
  const alert = parameters?.alertSeconds ?? null;
  const tried = Object.entries(modes);
  const ways: Time[] = [
    ...tried.flatMap(([mode, { runbook }]) =>
      runbook.sha256 === null
        ? []
        : [
            {
              what: `runbook of ${mode}`,
              seconds: runbook.seconds,
              limit: parameters?.runbookSeconds ?? null,
            },
          ],
    ),
    ...rollbackTime(rollback, facts.plan),
  ];
  return [
    ...(tried.length === 0
      ? []
      : [
          timeChart({
            title: 'Time to alert',
            description: `From the beginning of each failure to its alert, and from its end to the end of the alert.${alert === null ? '' : ` ${alert} s are allowed for each.`}`,
            times: tried.flatMap(([mode, { alertSeconds, resolvedSeconds }]) => [
              { what: `${mode}: raised`, seconds: alertSeconds, limit: alert },
              { what: `${mode}: over`, seconds: resolvedSeconds, limit: alert },
            ]),
          }),
        ]),
    ...(ways.length === 0
      ? []
      : [
          timeChart({
            title: 'Runbooks and the way back',
            description:
              rollback === undefined
                ? 'How long each runbook took.'
                : `How long each runbook took, and how long after the first command no call was answered by the bad version any more; ${facts.plan.rollback.objectiveSeconds} s are the objective.`,
            times: ways,
          }),
        ]),
  ];
}
