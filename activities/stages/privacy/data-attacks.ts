import type { CheckResult, Metrics } from '../../../contracts/report.ts';
import type { GovernanceParameters } from '../../../contracts/schemas/governance.ts';
import { asCount } from '../../../domain/plan/index.ts';
import { anonymityOfCells, linkageOf, type Anonymity, type Cell } from '../../../domain/privacy/index.ts';
import { failure } from '../../failure.ts';
import { Table } from '../../table.ts';
import type { DataFile } from '../sample-rows.ts';
import { blocking } from '../stage-report.ts';
import { notMade, percent, withinLimit, type Attack } from './attack.ts';

type Given = Pick<GovernanceParameters['privacy'], 'quasiIdentifiers' | 'k' | 'l'>;

async function cellsOf(
  { path, what }: DataFile,
  columns: readonly string[],
  sensitive: string,
): Promise<Cell[]> {
  return Table.open(path, what, async (table) =>
    (await table.cells(columns, sensitive)).map(({ values, rows, different }) => ({
      key: JSON.stringify(values),
      rows,
      sensitive: different,
    })),
  );
}

/** k and l of every released file. */
export async function anonymity(
  released: Readonly<Record<string, DataFile>>,
  { quasiIdentifiers, k, l }: Given,
  sensitive: string,
): Promise<Attack> {
  const files = Object.entries(released);
  if (quasiIdentifiers.length === 0 || files.length === 0)
    return notMade('anonymity', 'no released files, or no quasi-identifiers, are declared');
  const checks: CheckResult[] = [];
  const metrics: Record<string, Metrics[string]> = {};
  const details: Record<string, Anonymity> = {};
  for (const [name, file] of files) {
    const found = anonymityOfCells(await cellsOf(file, quasiIdentifiers, sensitive), k);
    if (found === null) throw failure('DataUnreadable', `${file.what} has no rows`);
    details[name] = found;
    metrics[`k-${name}`] = { value: found.k, unit: 'rows', samples: found.rows };
    metrics[`l-${name}`] = { value: found.l, unit: 'values', samples: found.rows };
    const among = `in ${asCount(found.cells)} cells of ${quasiIdentifiers.join(', ')}`;
    checks.push(
      blocking(
        `k-anonymity-${name}`,
        `k-${name}`,
        found.k >= k,
        found.k >= k
          ? `each of ${asCount(found.rows)} rows hides among ${found.k} or more ${among}; ${k} are asked`
          : `${asCount(found.exposedRows)} of ${asCount(found.rows)} rows hide among fewer than ${k} ${among}, the loneliest among ${found.k}`,
      ),
      blocking(
        `l-diversity-${name}`,
        `l-${name}`,
        found.l >= l,
        `the least varied cell has ${found.l} different values of ${sensitive}; ${l} are asked`,
      ),
    );
  }
  return { attack: 'anonymity', notMade: null, checks, metrics, details };
}

/** Rows that meet exactly one row of a table which somebody may have. */
export async function linkage(
  released: readonly DataFile[],
  outside: DataFile | undefined,
  quasiIdentifiers: readonly string[],
  maxLinked: number,
): Promise<Attack> {
  const [first] = quasiIdentifiers;
  if (outside === undefined || first === undefined)
    return notMade('linkage', 'no outside table, or no quasi-identifiers, are declared');
  const theirs = await cellsOf(outside, quasiIdentifiers, first);
  const checks: CheckResult[] = [];
  let worst: Metrics[string] | undefined;
  const details: unknown[] = [];
  for (const file of released) {
    const found = linkageOf(await cellsOf(file, quasiIdentifiers, first), theirs);
    if (found === null) throw failure('DataUnreadable', `${file.what} has no rows`);
    const { linked, rows, estimate, lower, upper } = found;
    details.push({ file: file.what, ...found });
    if (worst === undefined || estimate > worst.value)
      worst = { value: estimate, unit: '1', samples: rows, lower, upper };
    checks.push({
      name: `linkage-${file.what.replace(/^the (.*) file$/, '$1')}`,
      metric: 'linked-records',
      severity: 'blocking',
      verdict: withinLimit(found, maxLinked),
      reason: `${asCount(linked)} of ${asCount(rows)} rows meet exactly one row of ${outside.what} (${percent(estimate)}, between ${percent(lower)} and ${percent(upper)}); ${percent(maxLinked)} is allowed`,
    });
  }
  return {
    attack: 'linkage',
    notMade: null,
    checks,
    metrics: worst === undefined ? {} : { 'linked-records': worst },
    details,
  };
}

/** Counts from 1 to k - 1 in published tables: each is about so few people that somebody knows them. */
export async function smallCells(
  tables: readonly { readonly file: DataFile; readonly count: string }[],
  k: number,
): Promise<Attack> {
  if (tables.length === 0) return notMade('small-cells', 'no published tables are declared');
  const details: { file: string; cells: number; small: number; smallest: number | null }[] = [];
  for (const { file, count } of tables) {
    details.push(
      await Table.open(file.path, file.what, async (table) => {
        const counts: number[] = [];
        await table.requireColumns([count]);
        for (const { values, rows } of await table.sizes([count])) {
          const value = values[0] == null ? 0 : Number(values[0]);
          if (!Number.isFinite(value))
            throw failure(
              'DataUnreadable',
              `${file.what} has a ${count} that is no number: ${values[0] ?? ''}`,
            );
          for (let i = 0; i < rows; i++) counts.push(value);
        }
        const small = counts.filter((value) => value > 0 && value < k);
        const smallest = small.length === 0 ? null : Math.min(...small);
        return { file: file.what, cells: counts.length, small: small.length, smallest };
      }),
    );
  }
  const bad = details.find(({ small }) => small > 0);
  const small = details.reduce((sum, one) => sum + one.small, 0);
  const cells = details.reduce((sum, one) => sum + one.cells, 0);
  return {
    attack: 'small-cells',
    notMade: null,
    checks: [
      blocking(
        'small-cells',
        'small-cells',
        bad === undefined,
        bad === undefined
          ? `none of ${asCount(cells)} published counts lies from 1 to ${k - 1}`
          : `${asCount(bad.small)} of ${asCount(bad.cells)} counts in ${bad.file} lie from 1 to ${k - 1}, such as ${bad.smallest ?? ''}; merge or leave out these cells`,
      ),
    ],
    metrics: { 'small-cells': { value: small, unit: 'cells', samples: cells } },
    details,
  };
}
