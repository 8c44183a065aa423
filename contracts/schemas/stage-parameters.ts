import type { z } from 'zod';
import { driftRehearsalParameters } from './drift-rehearsal.ts';
import { governanceParameters } from './governance.ts';
import { incidentDrillParameters } from './incident-drill.ts';
import { preProductionParameters } from './pre-production.ts';
import { resilienceParameters } from './resilience.ts';
import { reviewParameters } from './review.ts';
import { sandboxParameters } from './sandbox.ts';
import { syntheticParameters } from './synthetic.ts';
import { shadowParameters } from './shadow.ts';

/** What stages of ours want to know, by stage: the stage reads its parameters by it, and lint looks before anything runs. */
export const stageParameters: Readonly<Record<string, z.ZodType>> = {
  sandbox: sandboxParameters,
  synthetic: syntheticParameters,
  resilience: resilienceParameters,
  'drift-rehearsal': driftRehearsalParameters,
  governance: governanceParameters,
  'incident-drill': incidentDrillParameters,
  shadow: shadowParameters,
  'pre-production': preProductionParameters,
  review: reviewParameters,
};
