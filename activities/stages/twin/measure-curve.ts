import type { QualityFloor } from '../../../contracts/schemas/synthetic.ts';
import { createRandom } from '../../../domain/statistics/random.ts';
import {
  perturb,
  type ColumnShape,
  type CurvePoint,
  type Perturbation,
} from '../../../domain/synthetic/index.ts';
import type { DataRow } from '../labelled-rows.ts';
import type { FeatureRow, ModelClient } from '../model-client.ts';
import { scoreRows } from '../score-rows.ts';
import { qualityOf } from './quality-of.ts';

/** Quality against intensity, of one kind of perturbation. */
export interface Curve {
  /** From intensity 0 upwards; an intensity at which the quality cannot be measured is left out. */
  readonly points: readonly CurvePoint[];
  /** Perturbed rows that the model did not answer, at all intensities, and why. */
  readonly unanswered: number;
  readonly whyNot: string;
}

export interface CurveOptions {
  readonly quality: QualityFloor;
  readonly intensities: readonly number[];
  readonly seed: number;
  readonly batchRows: number;
  readonly fallback: number;
}

/** Rows that are perturbed together. */
const CHUNK = 1_000;

/** Perturbs the rows at each intensity, asks the model, and measures its quality against the rows' own labels. */
export async function measureCurve(
  client: ModelClient,
  sample: readonly DataRow[],
  clean: CurvePoint,
  perturbation: Perturbation,
  shapes: readonly ColumnShape[],
  options: CurveOptions,
  onShare: (share: number) => void,
): Promise<Curve> {
  const { quality, seed } = options;
  const intensities = [...new Set(options.intensities)].sort((a, b) => a - b);
  const points: CurvePoint[] = [clean];
  let unanswered = 0;
  let whyNot = '';
  for (const [n, intensity] of intensities.entries()) {
    const { rows, labels } = await perturbed(sample, perturbation, intensity, shapes, seed);
    const scored = await scoreRows(client, rows, options, (share) =>
      onShare((n + share) / intensities.length),
    );
    unanswered += scored.unanswered;
    whyNot ||= scored.whyNot;
    const found = qualityOf(quality, labels, scored.scores);
    if (found !== null) points.push({ ...found, intensity, rows: rows.length });
  }
  return { points, unanswered, whyNot };
}

/** In chunks, so that the event loop is never held for long. The same seed at every intensity: curves are smooth. */
async function perturbed(
  sample: readonly DataRow[],
  perturbation: Perturbation,
  intensity: number,
  shapes: readonly ColumnShape[],
  seed: number,
): Promise<{ rows: FeatureRow[]; labels: number[] }> {
  const random = createRandom(seed);
  const rows: FeatureRow[] = [];
  const labels: number[] = [];
  for (let position = 0; position < sample.length; position += CHUNK) {
    const some = sample.slice(position, position + CHUNK);
    const chunk = {
      rows: some.map(({ features }) => features),
      labels: some.map(({ label }) => label ?? 0),
      position,
      total: sample.length,
    };
    const changed = perturb(chunk, perturbation, intensity, shapes, random);
    rows.push(...changed.rows);
    for (const from of changed.from) labels.push(chunk.labels[from]!);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { rows, labels };
}
