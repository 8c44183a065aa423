import type { TrainingActivities } from '../../contracts/activities.ts';
import type { ActivityContext } from '../context.ts';
import { compareTraining } from './compare-training.ts';
import { materialiseData } from './materialise-data.ts';
import { registerVersion } from './register-version.ts';
import { trainModel } from './train-model.ts';

export type { TrainingProgress } from './heartbeats.ts';

/** Choosing data, training and registering the next version. */
export function trainingActivities(context: ActivityContext): TrainingActivities {
  return {
    materialiseData: materialiseData(context),
    trainModel: trainModel(context),
    compareTraining: compareTraining(context),
    registerVersion: registerVersion(context),
  };
}
