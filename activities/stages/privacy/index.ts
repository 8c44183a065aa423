import type { Plan } from '../../../contracts/plan.ts';
import type { Report } from '../../../contracts/report.ts';
import type { CheckResult } from '../../../contracts/report.ts';
import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import type { GovernanceParameters } from '../../../contracts/schemas/governance.ts';
import { failure } from '../../failure.ts';
import { evidenceFailures } from '../../plan.ts';
import { Table } from '../../table.ts';
import { readRows } from '../labelled-rows.ts';
import type { FeatureRow } from '../model-client.ts';
import type { DataFile } from '../sample-rows.ts';
import { scoreFile, type ScoredFile } from '../scored-file.ts';
import type { Trial } from '../trial.ts';
import type { Attack } from './attack.ts';
import { canaries, PLANTED } from './canaries.ts';
import { copiesIn, inputsKey, twinCopies } from './copies.ts';
import { anonymity, linkage, smallCells } from './data-attacks.ts';
import { dictionaryReversal, type Dictionary } from './dictionary.ts';
import { membershipInference, membershipNotMade } from './membership.ts';

export type { Attack } from './attack.ts';

/** What the synthetic stage calls its twin. */
const TWIN = 'synthetic-twin.ndjson';

export interface PrivacyInput {
  readonly evidence: EvidenceStore;
  readonly plan: Plan;
  readonly trial: Trial;
  readonly given: GovernanceParameters;
  readonly earlier: readonly Report[];
  /** The validation rows with the model's answers. */
  readonly held: ScoredFile;
}

/** Every attack that the plan declares what for. Throws `PlanInvalid` for a file that the plan does not have. */
export async function attackPrivacy(
  input: PrivacyInput,
  onShare: (share: number) => void,
): Promise<readonly Attack[]> {
  const { given, plan, trial } = input;
  const { privacy, labelColumn } = given;
  const released: Record<string, DataFile> = {};
  for (const name of privacy.released) released[name] = await fileOf(input, name);
  const files = Object.values(released);
  const sensitive = privacy.sensitive ?? labelColumn;

  const dictionaries: Record<string, Dictionary> = {};
  for (const [column, how] of Object.entries(privacy.masked))
    dictionaries[column] = 'digits' in how ? how : await fileOf(input, how.dictionary);
  const tables: { file: DataFile; count: string }[] = [];
  for (const { file, count } of privacy.tables) tables.push({ file: await fileOf(input, file), count });
  const outside = privacy.linkage === undefined ? undefined : await fileOf(input, privacy.linkage.table);

  const attacks = [
    await dictionaryReversal(files, dictionaries),
    await linkage(files, outside, privacy.quasiIdentifiers, privacy.linkage?.maxLinked ?? 0),
    await anonymity(released, privacy, sensitive),
    await smallCells(tables, privacy.k),
  ];
  onShare(0.3);
  const twin = await twinOf(input);
  const real: DataFile[] = [];
  for (const name of ['reference', 'validation'])
    if (plan.data[name] !== undefined) real.push(await fileOf(input, name));
  attacks.push(await twinCopies(twin, real, trial.signature));
  onShare(0.5);
  attacks.push(await canaryAttack(input, files, twin));
  onShare(0.6);
  attacks.push(await membership(input));
  return attacks;
}

/** Shown and never hidden: which attacks were not made, and why. */
export function attacksMade(attacks: readonly Attack[]): CheckResult {
  const made = attacks.filter(({ notMade }) => notMade === null);
  const not = attacks.flatMap(({ attack, notMade }) => (notMade === null ? [] : [`${attack} (${notMade})`]));
  return {
    name: 'privacy-attacks',
    metric: 'privacy-attacks',
    severity: 'warning',
    verdict: made.length > 0 ? 'pass' : 'fail',
    reason: `${made.length} of ${attacks.length} attacks were made${not.length === 0 ? '' : `; not made: ${not.join(', ')}`}`,
  };
}

async function fileOf({ evidence, plan }: PrivacyInput, name: string): Promise<DataFile> {
  const ref = plan.data[name];
  if (ref === undefined) {
    throw failure('PlanInvalid', `the privacy parameters name ${name}, which the plan's data has not`);
  }
  return {
    path: await evidenceFailures(`the ${name} file`, () => evidence.path(ref)),
    what: `the ${name} file`,
  };
}

/** The twin that the plan names, as Parquet, or else the one that the stage `synthetic` left. */
async function twinOf(input: PrivacyInput): Promise<readonly FeatureRow[] | undefined> {
  const { evidence, given, earlier, trial } = input;
  if (given.privacy.twin !== undefined) {
    const { path, what } = await fileOf(input, given.privacy.twin);
    return Table.open(path, what, async (table) => {
      const rows: FeatureRow[] = [];
      for await (const some of readRows(table, { signature: trial.signature }))
        rows.push(...some.map(({ features }) => features));
      return rows;
    });
  }
  const ref = earlier.flatMap((report) => report.evidence).find(({ name }) => name === TWIN);
  if (ref === undefined) return undefined;
  const lines = (await evidenceFailures('the synthetic twin', () => evidence.get(ref))).toString('utf8');
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FeatureRow]));
}

async function canaryAttack(
  input: PrivacyInput,
  files: readonly DataFile[],
  twin: readonly FeatureRow[] | undefined,
): Promise<Attack> {
  const { privacy, labelColumn, batchRows } = input.given;
  const { signature, client } = input.trial;
  if (privacy.canaries === undefined) return canaries(undefined, 1, []);
  const file = await fileOf(input, privacy.canaries.file);
  const rows = await scoreFile(client, {
    ...file,
    signature,
    labelColumn,
    columns: [PLANTED],
    most: Infinity,
    batchRows,
  });
  const planted = new Set(
    rows.features.flatMap((row, i) =>
      /^(true|1)$/i.test(rows.columns[PLANTED]?.[i] ?? '') ? [inputsKey(signature, row)] : [],
    ),
  );
  const found: { what: string; copies: number }[] = [];
  for (const one of files) found.push({ what: one.what, copies: await copiesIn(planted, one, signature) });
  if (twin !== undefined) {
    const copies = twin.filter((row) => planted.has(inputsKey(signature, row))).length;
    found.push({ what: 'the synthetic twin', copies });
  }
  return canaries(rows, privacy.canaries.maxAuc, found);
}

async function membership(input: PrivacyInput): Promise<Attack> {
  const { given, plan, trial, held } = input;
  const { seed, batchRows, labelColumn } = given;
  const settings = given.privacy.membership;
  if (settings === false) return membershipNotMade('the plan leaves it out');
  if (plan.data['reference'] === undefined)
    return membershipNotMade('the plan names no reference file, the rows that the model learnt from');
  const { signature, client } = trial;
  const members = await scoreFile(client, {
    ...(await fileOf(input, 'reference')),
    signature,
    labelColumn,
    columns: [],
    most: settings.rows,
    batchRows,
  });
  const nonMembers = spreadOver(held, settings.rows);
  return membershipInference({ client, signature, members, nonMembers, settings, seed, batchRows });
}

/** At most so many of the rows, spread evenly. */
function spreadOver(rows: ScoredFile, most: number): ScoredFile {
  const total = rows.labels.length;
  const count = Math.min(most, total);
  const at = Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
  return {
    features: at.map((i) => rows.features[i] ?? {}),
    labels: Uint8Array.from(at, (i) => rows.labels[i] ?? 0),
    scores: Float64Array.from(at, (i) => rows.scores[i] ?? 0),
    columns: {},
  };
}
