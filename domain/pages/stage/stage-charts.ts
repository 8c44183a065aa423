import type { Chart } from '../page.ts';
import { canaryCharts } from './canary.ts';
import { driftRehearsalCharts } from './drift-rehearsal.ts';
import { governanceCharts } from './governance.ts';
import { incidentDrillCharts } from './incident-drill.ts';
import { preProductionCharts } from './pre-production.ts';
import { resilienceCharts } from './resilience.ts';
import { reviewCharts } from './review.ts';
import { sandboxCharts } from './sandbox.ts';
import { shadowCharts } from './shadow.ts';
import type { StageFacts } from './stage-page.ts';
import { syntheticCharts } from './synthetic.ts';

/** Documents beside the report that the charts of a stage are made of. */
export const chartDocuments: Readonly<Record<string, readonly string[]>> = {
  governance: ['fairness-audit.json'],
};

const charts: Readonly<Record<string, (facts: StageFacts) => readonly Chart[]>> = {
  sandbox: sandboxCharts,
  synthetic: syntheticCharts,
  resilience: resilienceCharts,
  'drift-rehearsal': driftRehearsalCharts,
  governance: governanceCharts,
  'incident-drill': incidentDrillCharts,
  shadow: shadowCharts,
  'pre-production': preProductionCharts,
  canary: canaryCharts,
  review: reviewCharts,
};

/**
 * The charts of a stage, from its report and its evidence. Empty for a stage that we do not know, and for one that ended before it saw
 * anything.
 */
export function stageCharts(facts: StageFacts): readonly Chart[] {
  return charts[facts.activity]?.(facts) ?? [];
}
