import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Signature } from '../../contracts/plan.ts';
import type { Row } from './rows.ts';

/** How far the answers of two models are from each other, on the same rows. */
export interface Difference {
  readonly rows: number;
  /** Of the positive class's chance. */
  readonly largest: number;
  readonly mean: number;
  /** Rows that fall on another side of the plan's threshold. */
  readonly flips: number;
}

const ROWS_A_CALL = 500;

/** The positive class's chance for each row, by onnxruntime in this process. A missing category is '', a missing number NaN. */
export async function scoresOf(
  model: string,
  signature: Signature,
  rows: readonly Row[],
): Promise<Float64Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  try {
    const { name, positiveIndex } = signature.output;
    const scores = new Float64Array(rows.length);
    for (let start = 0; start < rows.length; start += ROWS_A_CALL) {
      const part = rows.slice(start, start + ROWS_A_CALL);
      const answer = (await session.run(feedsOf(signature, part), [name]))[name];
      if (answer?.type !== 'float32') throw new Error(`the model's output ${name} holds no 32-bit floats`);
      const classes = answer.data.length / part.length;
      for (let row = 0; row < part.length; row++) {
        scores[start + row] = (answer.data as Float32Array)[row * classes + positiveIndex] ?? Number.NaN;
      }
    }
    return scores;
  } finally {
    await session.release();
  }
}

function feedsOf({ inputs }: Signature, rows: readonly Row[]): Record<string, Tensor> {
  const shape = [rows.length, 1];
  return Object.fromEntries(
    inputs.map(({ name, datatype }) => {
      const values = rows.map((row) => row[name] ?? null);
      const tensor =
        datatype === 'BYTES'
          ? new Tensor(
              'string',
              values.map((value) => String(value ?? '')),
              shape,
            )
          : new Tensor(
              'float32',
              Float32Array.from(values, (value) => (value === null ? NaN : Number(value))),
              shape,
            );
      return [name, tensor];
    }),
  );
}

/** Throws when a score is no number: NaN is as far from itself as from anything. */
export function differenceOf(one: Float64Array, other: Float64Array, threshold: number): Difference {
  let [largest, sum, flips] = [0, 0, 0];
  for (const [row, score] of one.entries()) {
    const again = other[row] ?? Number.NaN;
    const apart = Math.abs(score - again);
    if (!Number.isFinite(apart)) throw new Error(`row ${row} is answered ${score} and ${again}`);
    largest = Math.max(largest, apart);
    sum += apart;
    if (score >= threshold !== again >= threshold) flips++;
  }
  return { rows: one.length, largest, mean: one.length === 0 ? 0 : sum / one.length, flips };
}
