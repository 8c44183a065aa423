/** Settings of the server with which a workflow is told after a few events to continue as new: 4,096 would take hours. */
export const MOVE_ON_AFTER = 60;

export const moveOnEarly: Readonly<Record<string, unknown>> = {
  'limit.historyCount.suggestContinueAsNew': MOVE_ON_AFTER,
};
