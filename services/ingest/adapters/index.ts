import type { Adapter } from './adapter.ts';
import { alertmanager } from './alertmanager.ts';
import { alibiDetect } from './alibi-detect.ts';
import { arize } from './arize.ts';
import { azureMl } from './azure-ml.ts';
import { databricks } from './databricks.ts';
import { evidently } from './evidently.ts';
import { fiddler } from './fiddler.ts';
import { grafana } from './grafana.ts';
import { kserve } from './kserve.ts';
import { nannyml } from './nannyml.ts';
import { sagemaker } from './sagemaker.ts';
import { seldon } from './seldon.ts';
import { vertexAi } from './vertex-ai.ts';
import { whylogs } from './whylogs.ts';

export type { AdaptCode, AdaptedEvent, Adapted, Adapter, AdapterContext } from './adapter.ts';

const all: readonly Adapter[] = [
  ...[evidently, nannyml, alibiDetect, seldon, kserve, whylogs, sagemaker, vertexAi],
  ...[azureMl, databricks, alertmanager, grafana, arize, fiddler],
];

/** Every adapter by its name, which is also the last part of the intake's address. */
export const adapters: ReadonlyMap<string, Adapter> = new Map(all.map((adapter) => [adapter.name, adapter]));
