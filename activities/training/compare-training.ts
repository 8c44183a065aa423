import type { GuardResult, RegisterInput, TrainingActivities } from '../../contracts/activities.ts';
import type { Plan, RetrainingGuard, Signature } from '../../contracts/plan.ts';
import { driftWindowReport, type Column } from '../../domain/drift/index.ts';
import { logLoss } from '../../domain/quality/index.ts';
import { guardBreaches, type GuardMeasurements } from '../../domain/retraining/index.ts';
import type { ActivityContext } from '../context.ts';
import { failure } from '../failure.ts';
import { evidenceFailures, readPlan } from '../plan.ts';
import { readRows, type DataRow } from '../stages/labelled-rows.ts';
import { ask } from '../stages/repeatability.ts';
import { readSignature } from '../stages/signature.ts';
import { inTrial, loadVersion } from '../stages/trial.ts';
import { identifier, Table } from '../table.ts';
import { withHeartbeats } from './heartbeats.ts';

/** Rows of each side that are compared, spread evenly over the file. */
const MOST_ROWS = 20_000;
const LOAD_SECONDS = 120;

/**
 * Holds new training data against what the champion knew, and the new model against the champion on rows that no retraining
 * replaces. Its report is evidence. Throws `DataUnreadable`, `PlanInvalid` or `ServingUnavailable` when it could not be made.
 */
export function compareTraining(context: ActivityContext): TrainingActivities['compareTraining'] {
  return (input) =>
    withHeartbeats('compare', async () => {
      const guard = input.retraining.retraining.guard;
      if (!guard) throw failure('PlanInvalid', 'the plan asks for no comparison of its training data');
      const champion = await readPlan(context.evidence, input.retraining.planRef);
      const signature = await readSignature(context.evidence, champion);
      const measured: GuardMeasurements = {
        ...(await compareData(context, champion, signature, input, guard)),
        trusted: await compareModels(context, champion, signature, input, guard),
      };
      const breaches = guardBreaches(guard, measured);
      const report = { schema: 1, decision: input.retraining.decision, guard, measured, breaches };
      const ref = await evidenceFailures('the comparison', () =>
        context.evidence.put(JSON.stringify(report), {
          name: 'training-comparison.json',
          mediaType: 'application/json',
        }),
      );
      return { breaches, report: ref } satisfies GuardResult;
    });
}

async function compareData(
  context: ActivityContext,
  champion: Plan,
  signature: Signature,
  { data }: RegisterInput,
  guard: RetrainingGuard,
): Promise<Omit<GuardMeasurements, 'trusted'>> {
  const { labelColumn, ownDecisionColumn } = guard;
  const local = (name: string, ref: (typeof data)['data']) =>
    evidenceFailures(name, () => context.evidence.path(ref));
  const current = await Table.open(
    await local('the training data', data.data),
    'the training data',
    async (table) => {
      const rows = await all(table, signature, labelColumn);
      const total = await table.count();
      if (total === 0) throw failure('DataUnreadable', 'the training data has no rows');
      const distinct = await table.distinct([...signature.inputs.map(({ name }) => name), labelColumn]);
      if (ownDecisionColumn !== undefined) await table.requireColumns([ownDecisionColumn]);
      const own =
        ownDecisionColumn === undefined
          ? null
          : (await table.count(`TRY_CAST(${identifier(ownDecisionColumn)} AS BOOLEAN)`)) / total;
      return { rows, duplicates: (total - distinct) / total, own };
    },
  );

  const before = champion.data['reference'] ?? champion.data['validation'];
  const psi =
    before === undefined
      ? null
      : await Table.open(await local('the reference', before), 'the reference file', async (table) =>
          largestPsi(signature, await all(table, signature), current.rows),
        );
  const labelled = champion.data['validation'];
  const labelRate =
    labelled === undefined
      ? null
      : await Table.open(
          await local('the validation file', labelled),
          'the validation file',
          async (table) => ({
            champion: rateOf(await all(table, signature, labelColumn)),
            training: rateOf(current.rows),
          }),
        );
  return { psi, labelRate, duplicates: current.duplicates, ownDecisions: current.own };
}

/** Log-loss of champion and challenger on the trusted rows, each in a serving process of its own. */
async function compareModels(
  context: ActivityContext,
  champion: Plan,
  signature: Signature,
  { trained }: RegisterInput,
  { labelColumn }: RetrainingGuard,
): Promise<GuardMeasurements['trusted']> {
  const ref = champion.data['trusted'];
  if (ref === undefined) return null;
  const path = await evidenceFailures('the trusted rows', () => context.evidence.path(ref));
  const rows = await Table.open(path, 'the trusted file', (table) => all(table, signature, labelColumn));
  if (rows.length === 0) throw failure('DataUnreadable', 'the trusted file has no labelled rows');
  const { model, signature: itsOwn } = trained.files;
  if (!model || !itsOwn) throw failure('TrainingFailed', 'the training left no model with a signature');
  const challenger: Plan = { ...champion, version: 'challenger', artifact: model, signature: itsOwn };
  const loss = (plan: Plan): Promise<number> =>
    inTrial(context, plan, async (trial) => {
      const loaded = await loadVersion(trial, plan, LOAD_SECONDS);
      if (!loaded.loaded) throw failure('TrainingFailed', `${plan.version} does not load: ${loaded.reason}`);
      const scores = await ask(
        trial.client,
        rows.map(({ features }) => features),
        500,
        2,
      );
      return logLoss(
        rows.map(({ label }) => label ?? 0),
        scores,
      );
    });
  return { champion: await loss(champion), challenger: await loss(challenger), rows: rows.length };
}

async function all(table: Table, signature: Signature, labelColumn?: string): Promise<DataRow[]> {
  const found: DataRow[] = [];
  const wanted = { signature, most: MOST_ROWS, ...(labelColumn === undefined ? {} : { labelColumn }) };
  for await (const rows of readRows(table, wanted)) found.push(...rows);
  return found;
}

function rateOf(rows: readonly DataRow[]): number {
  return rows.filter(({ label }) => label === 1).length / rows.length;
}

function largestPsi(
  signature: Signature,
  reference: readonly DataRow[],
  current: readonly DataRow[],
): GuardMeasurements['psi'] {
  const columns = (rows: readonly DataRow[]): Column[] =>
    signature.inputs.map(({ name, kind }): Column => {
      const values = rows.map(({ features }) => features[name] ?? null);
      return kind === 'category'
        ? { name, kind: 'category', values: values as (string | null)[] }
        : { name, kind: 'numeric', values: values as (number | null)[] };
    });
  const { features } = driftWindowReport(columns(reference), columns(current));
  const found = features.flatMap(({ feature, measures }) =>
    measures['psi'] === undefined ? [] : [{ feature, value: measures['psi'] }],
  );
  return found.reduce<GuardMeasurements['psi']>((a, b) => (a === null || b.value > a.value ? b : a), null);
}
