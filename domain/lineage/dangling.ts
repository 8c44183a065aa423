import { modelWorkflowId, releaseWorkflowId } from '../../contracts/ids.ts';
import type { Books, Dangling, Lineage } from './lineage.ts';
import { originOf, planIn } from './streams.ts';

/** What is named and is not there. The ledger may be behind, so a line may go away by itself. */
export function danglingOf(
  books: Books,
  model: string,
  { releases, retrainings, driftEvents }: Pick<Lineage, 'releases' | 'retrainings' | 'driftEvents'>,
): Dangling[] {
  const has = (stream: string): boolean => (books.get(stream)?.length ?? 0) > 0;
  const found: Dangling[] = [];
  const add = (from: string, to: string, what: string): void => void found.push({ from, to, what });
  const heard = new Set(driftEvents.map(({ id }) => id));

  for (const { release } of releases) {
    const plan = planIn(books, release);
    const origin = plan && originOf(plan);
    if (!origin) continue;
    if (!has(origin.retraining)) add(release, origin.retraining, 'the ledger has no entry of the retraining');
    const before = releases.find((one) => one.release === origin.previous);
    const said = plan.lineage?.['previousPlan'];
    if (!before) add(release, origin.previous, 'the ledger has no entry of the release that drifted');
    else if (typeof said === 'string' && said !== before.plan?.sha256)
      add(release, said, `${origin.previous} has another plan, ${before.plan?.sha256 ?? 'none'}`);
  }

  for (const { retraining, version, state, driftEvents: named, registered } of retrainings) {
    const drifted = releaseWorkflowId(model, version);
    if (!has(drifted)) add(retraining, drifted, 'the ledger has no entry of the release that drifted');
    if (['released', 'failed', 'running'].includes(state) && !has(retraining))
      add(modelWorkflowId(model), retraining, 'the ledger has no entry of the retraining');
    for (const id of named)
      if (!heard.has(id)) add(retraining, id, 'the model never heard such a drift event');
    const next = registered && releaseWorkflowId(model, registered.version);
    if (next && !has(next)) add(retraining, next, 'the ledger has no entry of the release');
    const released = releases.find(({ release }) => release === next);
    if (registered && released && released.plan?.sha256 !== registered.plan.sha256)
      add(retraining, registered.plan.sha256, `${released.release} was released with another plan`);
  }
  return found;
}

/** Every file that a lineage names, and who names it. */
export function evidenceOf({
  releases,
  retrainings,
}: Lineage): { from: string; sha256: string; name: string }[] {
  return [
    ...releases.flatMap(({ release, plan, artifact }) =>
      [plan, artifact].flatMap((file) => (file ? [{ from: release, ...file }] : [])),
    ),
    ...retrainings.flatMap(({ retraining, data, training, comparison, registered }) =>
      [
        data?.file,
        training?.log,
        ...Object.values(training?.files ?? {}),
        comparison?.report,
        registered?.plan,
      ].flatMap((file) => (file ? [{ from: retraining, ...file }] : [])),
    ),
  ].map(({ from, sha256, name }) => ({ from, sha256, name }));
}
