import type { Lineage } from '../lineage/index.ts';
import type { Origin } from './dossier.ts';

/** Why a release began, and what it descends from, as far as the lineage goes back. */
export function originOf({ releases, retrainings, driftEvents }: Lineage, release: string): Origin {
  const behind = (name: string) => {
    const cameFrom = releases.find((one) => one.release === name)?.cameFrom;
    return retrainings.find(({ retraining }) => retraining === cameFrom) ?? null;
  };
  const retraining = behind(release);
  const ancestors: string[] = [];
  for (let step = retraining; step !== null && !ancestors.includes(step.version);) {
    const { version } = step;
    ancestors.push(version);
    const parent = releases.find((one) => one.version === version);
    step = parent ? behind(parent.release) : null;
  }
  const named = new Set(retraining?.driftEvents ?? []);
  return { retraining, drift: driftEvents.filter(({ id }) => named.has(id)), ancestors };
}
