import type { LightActivities } from '../contracts/activities.ts';
import { soakActivities } from './soak.ts';
import { observeActivities } from './canary/observe.ts';
import type { ActivityContext } from './context.ts';
import { dossierActivities } from './dossier.ts';
import { gateBriefActivities } from './gate-brief.ts';
import { incidentActivities } from './incident.ts';
import { ledgerActivities } from './ledger.ts';
import { modelActivities } from './model.ts';
import { trafficActivities } from './traffic.ts';
import { watchActivities } from './watch.ts';

export type { ActivityContext, Serving } from './context.ts';

/** What runs on the queue of the workflows: short effects, and watching a canary. */
export function lightActivities(context: ActivityContext): LightActivities {
  return {
    ...ledgerActivities(context),
    ...gateBriefActivities(context),
    ...modelActivities(context),
    ...incidentActivities(context),
    ...trafficActivities(context),
    ...watchActivities(context),
    ...dossierActivities(context),
    ...observeActivities(context),
    ...soakActivities(context),
  };
}
