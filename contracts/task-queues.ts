/** Workflows and light activities, heavy validation, and training scale apart, so each has a queue of its own. */
export const taskQueues = {
  release: 'seatrial-release',
  trials: 'seatrial-trials',
  training: 'seatrial-training',
} as const;
