import { releaseWorkflowId, retrainingWorkflowId } from '../../../contracts/ids.ts';
import type { Run } from './speaker.ts';

// Which runs there are, and what they are called. A run's name is never used for another.

export const monitorRun = (model: string, event: string): Run => ({
  id: `model/${model}/drift/${event}`,
  job: `${model}.monitor`,
  jobType: 'TASK',
});

export const retrainingRun = (model: string, decision: string): Run => ({
  id: retrainingWorkflowId(model, decision),
  job: `${model}.retraining`,
  jobType: 'JOB',
});

export type RetrainingTask = 'materialise' | 'train' | 'register';

export const taskRun = (model: string, decision: string, task: RetrainingTask): Run => ({
  id: `${retrainingWorkflowId(model, decision)}/${task}`,
  job: `${model}.retraining.${task}`,
  jobType: 'TASK',
  parent: retrainingRun(model, decision),
});

export const releaseRun = (model: string, version: string): Run => ({
  id: releaseWorkflowId(model, version),
  job: `${model}.release`,
  jobType: 'JOB',
});

// Datasets that have versions of their own.
export const dataOf = (model: string): string => `${model}.training-data`;
export const artifactOf = (model: string): string => `${model}.artifact`;
export const driftOf = (model: string): string => `${model}.drift-events`;
/** What callers are served; its version is the one that serves. */
export const servingOf = (model: string): string => `${model}.serving`;
