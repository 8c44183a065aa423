/** A release of the example's real model with a real ledger, and files changed by SQL to plant defects in. */
import { join } from 'node:path';
import { openLedger, type Ledger } from '../../adapters/ledger/index.ts';
import { governance } from '../../activities/stages/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { pglite } from '../ledger/databases.ts';
import {
  exampleData,
  makeWorld,
  planOf,
  put,
  required,
  runStage,
  trainExample,
  type World,
} from './support.ts';

export interface GovernanceWorld extends World {
  readonly ledger: Ledger;
  readonly files: Readonly<Record<string, EvidenceRef>>;
  /** Another file of the same form: the rows of one of ours, through SQL. */
  changed(name: string, from: string, sql: (source: string) => string): Promise<EvidenceRef>;
  /** A plan whose only step is `governance`. Scores of 0.3 and above are positive: enough flights for every rate. */
  plan(parameters: JsonObject, more?: Partial<Plan>): Plan;
  run(parameters: JsonObject, more?: Partial<Plan>): Promise<Report>;
  /** Writes a stage's report where later stages find it. */
  record(plan: Plan, report: Report): Promise<void>;
}

export async function makeGovernanceWorld(): Promise<GovernanceWorld> {
  const [world, database] = await Promise.all([makeWorld(), pglite()]);
  const ledger = await openLedger(database.url);
  await ledger.migrate();
  const context = { ...world.context, ledger };
  const files = await trainExample(world, 'clean');
  const data = { ...exampleData(files), 'training-record': required(files, 'training') };
  const plan = (parameters: JsonObject, more: Partial<Plan> = {}): Plan => ({
    ...planOf('governance', { files, data, parameters }),
    serving: { fallback: { score: 0.24 }, threshold: 0.3 },
    ...more,
  });
  return {
    ...world,
    context,
    ledger,
    files,
    plan,
    run: (parameters, more) => runStage({ ...world, context }, governance(context), plan(parameters, more)),
    changed: async (name, from, sql) => {
      const path = join(world.dir, name);
      const source = await world.evidence.path(required(files, from));
      await withDuck((duck) =>
        duck.run(`COPY (${sql(`read_parquet('${source}')`)}) TO '${path}' (FORMAT parquet)`),
      );
      return put(world, path);
    },
    record: async ({ model, version }, report) => {
      const stream = releaseWorkflowId(model, version);
      const { seq } = await ledger.head(stream);
      const data = { step: 0, attempt: 1, report: report as unknown as JsonValue };
      await ledger.append({
        stream,
        after: seq,
        events: [{ type: 'StageFinished', data, at: '2013-03-01T00:00:00.000Z' }],
      });
    },
    remove: async () => {
      await world.remove();
      await ledger.close();
      await database.remove();
    },
  };
}
