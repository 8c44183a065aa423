import type { DriftKind, Measurement } from '../../../contracts/live-events.ts';
import { defineAdapter } from './define-adapter.ts';
import { flagged, measured } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, count, flag, isObject, number, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * NannyML's results as records: `results.to_df(multilevel=False).to_json(orient='records', date_format='iso')`, as a list or in
 * `{ "data": [...] }`. One chunk is one verdict; chunks of the reference period are no news.
 * Facts from nannyml.readthedocs.io, "Working with results" and "Thresholds".
 */
export const nannyml = defineAdapter({
  name: 'nannyml',
  version: 1,
  accepts: (body) =>
    records(body).some((row) => chunkField(row, 'key') !== undefined && stems(row).length > 0),
  read: (body) =>
    records(body)
      .filter((row) => chunkField(row, 'period') !== 'reference')
      .flatMap((row): Finding[] => {
        const measurements = stems(row).flatMap((stem) => measurement(row, stem));
        if (measurements.length === 0) return [];
        const end = time(chunkField(row, 'end_date'));
        const first = count(chunkField(row, 'start_index'));
        const last = count(chunkField(row, 'end_index'));
        return [
          {
            kind: kindOf(measurements),
            claim: null,
            start: time(chunkField(row, 'start_date')),
            end,
            rows: first !== undefined && last !== undefined && last >= first ? last - first + 1 : undefined,
            // Chunks by size have no dates; what they are called tells them apart.
            ...(end === undefined ? { identity: `chunk ${text(chunkField(row, 'key')) ?? ''}` } : {}),
            measurements,
          },
        ];
      }),
});

const records = (body: unknown): readonly Json[] => objects(isObject(body) ? at(body, 'data') : body);

/** `chunk_key` of metrics, `chunk_chunk_key` of columns: the upper levels of the table become prefixes. */
const chunkField = (row: Json, name: string): unknown =>
  at(row, `chunk_${name}`) ?? at(row, `chunk_chunk_${name}`);

const stems = (row: Json): string[] =>
  Object.keys(row).flatMap((key) => (key.endsWith('_alert') ? [key.slice(0, -'_alert'.length)] : []));

const METHOD = /_(jensen_shannon|kolmogorov_smirnov|wasserstein|hellinger|l_infinity|chi2)$/;
const PERFORMANCE =
  /(roc_auc|average_precision|f1|precision|recall|specificity|accuracy|confusion_matrix|business_value|mae|mape|mse|msle|rmse|rmsle)/;

function measurement(row: Json, stem: string): Measurement[] {
  const drifted = flag(row[`${stem}_alert`]);
  const value = number(row[`${stem}_value`]);
  const upper = number(row[`${stem}_upper_threshold`]);
  const lower = number(row[`${stem}_lower_threshold`]);
  const method = METHOD.exec(stem);
  const named: Pick<Measurement, 'scope' | 'name' | 'metric'> = method
    ? { scope: 'feature', name: stem.slice(0, method.index), metric: method[1] ?? stem }
    : { scope: PERFORMANCE.test(stem) ? 'prediction' : 'dataset', name: null, metric: stem };
  if (value !== undefined && lower !== undefined && (value < lower || upper === undefined))
    return [measured({ ...named, value, threshold: lower, driftWhen: 'lt', drifted })];
  if (value !== undefined && upper !== undefined)
    return [measured({ ...named, value, threshold: upper, driftWhen: 'gt', drifted })];
  // Chi-squared alerts by its p-value, which is not in the table.
  return drifted === undefined ? [] : [flagged(`${named.metric}_alert`, drifted, named.scope, named.name)];
}

const kindOf = (measurements: readonly Measurement[]): DriftKind =>
  measurements.every(({ scope }) => scope === 'prediction') ? 'performance' : 'data';
