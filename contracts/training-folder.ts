/** Where a running training's files are, below the folder of trainings: workers write them, and the CLI follows the log. */
export const trainingFolderOf = (model: string, decision: string): string => `${model}/${decision}`;
export const liveLogOf = (model: string, decision: string): string =>
  `${trainingFolderOf(model, decision)}/training.log`;

/** Beside the evidence, unless TRAINING_DIR says otherwise. */
export const TRAINING_FOLDER = 'training';
