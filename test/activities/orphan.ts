// A worker that is about to be lost: trains for ever and prints its heartbeats, until somebody kills it.
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityContext } from '../../activities/context.ts';
import { trainingActivities } from '../../activities/training/index.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import type { TrainInput } from '../../contracts/activities.ts';

const [evidenceDir = '', scratchDir = '', input = ''] = process.argv.slice(2);
const parts = { evidence: openEvidence(evidenceDir), scratchDir, trainingDir: join(scratchDir, 'kept') };
const environment = new MockActivityEnvironment();
environment.on('heartbeat', (details: unknown) => console.log(JSON.stringify(details)));
const { trainModel } = trainingActivities(parts as unknown as ActivityContext);
await environment.run(trainModel, JSON.parse(input) as TrainInput);
