import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sha256OfFile } from '../../adapters/evidence/index.ts';
import {
  columnsOfRows,
  expectedSlices,
  profileOf,
  sliceTallies,
  withRarity,
  type ReferenceProfile,
} from '../../domain/drift/index.ts';
import { preparedPaths, prepareFlights } from '../../examples/flight-delays/data.ts';
import { FEATURES } from '../../examples/flight-delays/features.ts';
import { materialiseWindow } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights, type Flight } from '../../examples/flight-delays/rows.ts';

/** Real flights with the answers of January and February's real model. Made once, kept in the repository's cache folder. */
const root = resolve(import.meta.dirname, '../..');
const python = join(root, '.cache/python/bin/python');
const cache = join(root, '.cache/flight-delays');
const modelDir = join(cache, 'monitor-test');
const trainer = join(root, 'examples/flight-delays/python/train.py');
const SEED = 20130601;
const BATCH = 2_000;
const THRESHOLD = 0.5;

export interface ScoredFlight extends Flight {
  readonly score: number;
}

/** False on a machine without the example's Python environment. */
export const flightsAvailable = (): boolean => existsSync(python);

export interface Flights {
  /** Flights scheduled in [from, to) months of 2013, by scheduled departure, with the model's answers. */
  scored(fromMonth: number, toMonth: number): Promise<ScoredFlight[]>;
  /** Features of January and February, output and expected performance of the training's holdout. */
  readonly profile: ReferenceProfile;
}

export async function openFlights(): Promise<Flights> {
  const data = await prepareFlights({ python, outDir: join(cache, 'data') });
  if (!(await isTrained())) {
    const { file } = await materialiseWindow({
      preparedDir: data.dir,
      from: monthStart(1),
      to: monthStart(3),
      out: join(modelDir, 'training.parquet'),
    });
    const given = ['--data', file, '--out', modelDir, '--seed', String(SEED)];
    await promisify(execFile)(python, [trainer, ...given]);
  }
  const score = await openModel();
  const files = preparedPaths(data);
  const scored = async (fromMonth: number, toMonth: number): Promise<ScoredFlight[]> => {
    const flights = await readFlights({ files, from: monthStart(fromMonth), to: monthStart(toMonth) });
    const scores = await score(flights);
    return flights.map((flight, i) => ({ ...flight, score: scores[i]! }));
  };
  return { scored, profile: profileOfTraining(await scored(1, 3), await holdoutFrom()) };
}

interface Training {
  readonly holdout: { readonly from: number };
  readonly code: { readonly 'train.py': string };
}

const readTraining = async (): Promise<Training> =>
  JSON.parse(await readFile(join(modelDir, 'training.json'), 'utf8')) as Training;

const holdoutFrom = async (): Promise<number> => (await readTraining()).holdout.from;

/** Whether the model in the cache is from the training program as it is now. */
async function isTrained(): Promise<boolean> {
  if (!existsSync(join(modelDir, 'training.json'))) return false;
  return (await readTraining()).code['train.py'] === (await sha256OfFile(trainer)).sha256;
}

function profileOfTraining(flights: readonly ScoredFlight[], from: number): ReferenceProfile {
  const kinds = FEATURES.map(({ name, kind }) =>
    kind === 'numeric'
      ? { name, kind, edges: [], counts: [], missing: 0, minimum: null, maximum: null }
      : { name, kind, categories: [], counts: [], missing: 0 },
  );
  const shape: ReferenceProfile = { schema: 1, rows: 0, features: kinds, output: null, expected: null };
  const columnsOf = (rows: readonly ScoredFlight[]) =>
    columnsOfRows(
      shape,
      rows.map((row) => row.features),
    );
  const holdout = flights.filter((flight) => flight.scheduledAt >= from && flight.late !== null);
  const scores = holdout.map((flight) => flight.score);
  const labels = holdout.map((flight) => flight.late!);
  const judged = profileOf(columnsOf(holdout), { output: { scores, labels } });
  const rows = holdout.map(({ features, late, score }) => ({ features, label: late!, score }));
  const profile = profileOf(columnsOf(flights));
  const of = expectedSlices(sliceTallies(rows, profile, ['carrier', 'origin'], THRESHOLD));
  const expected = judged.expected && { ...judged.expected, slices: { threshold: THRESHOLD, of } };
  const features = flights.map((flight) => flight.features);
  return withRarity({ ...profile, output: judged.output, expected }, features);
}

async function openModel(): Promise<(flights: readonly Flight[]) => Promise<number[]>> {
  const session = await InferenceSession.create(join(modelDir, 'model.onnx'), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return async (flights) => {
    const scores: number[] = [];
    for (let start = 0; start < flights.length; start += BATCH) {
      const batch = flights.slice(start, start + BATCH);
      const feeds = Object.fromEntries(
        FEATURES.map(({ name, kind }) => {
          const values = batch.map((flight) => flight.features[name] ?? null);
          const shape = [batch.length, 1];
          const tensor =
            kind === 'category'
              ? new Tensor('string', values.map(String), shape)
              : new Tensor(
                  'float32',
                  Float32Array.from(values, (value) => Number(value ?? NaN)),
                  shape,
                );
          return [name, tensor];
        }),
      );
      const answer = (await session.run(feeds))['probabilities'];
      if (answer === undefined) throw new Error("the model has no output 'probabilities'");
      const values = answer.data as Float32Array;
      // Two columns: on time, late.
      batch.forEach((_, i) => scores.push(values[2 * i + 1]!));
    }
    return scores;
  };
}
