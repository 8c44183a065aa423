import { z } from 'zod';

const json = z.record(z.string(), z.json());

/** What a training command writes down about itself: the plan's file `training-record`. Whatever else it says stays in its file. */
export const trainingRecord = z.looseObject({
  seed: z.number().exactOptional(),
  parameters: json.exactOptional(),
  data: json.exactOptional(),
  train: json.exactOptional(),
  holdout: json.exactOptional(),
  code: json.exactOptional(),
  versions: z.record(z.string(), z.string()).exactOptional(),
});
