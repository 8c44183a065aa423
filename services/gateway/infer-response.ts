import type { Arm } from '../../contracts/gateway.ts';

/** What was decided for each row. */
export interface Prediction {
  /** Probability of the positive class, one a row. */
  readonly scores: readonly number[];
  readonly status: 'ok' | 'fallback';
  /** Why the declared answer was given; undefined when the model answered, or when no model is in the arm. */
  readonly reason?: string;
}

export interface ServedBy {
  readonly model: string;
  readonly version: string;
  /** Undefined when the caller named the version, so that no arm was chosen. */
  readonly arm: Arm | undefined;
}

interface Tensor {
  readonly name: string;
  readonly datatype: 'FP32';
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The Open Inference Protocol's inference response. */
export interface InferResponse {
  readonly id: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly outputs: readonly Tensor[];
}

/** `probabilities` [n, 2] (negative, positive) and `score` [n], whatever the column order inside the model. */
export function inferResponse(
  id: string,
  served: ServedBy,
  prediction: Prediction,
  threshold: number,
  wanted: readonly string[] | undefined,
): InferResponse {
  const { scores, status, reason } = prediction;
  const outputs: Tensor[] = [
    {
      name: 'probabilities',
      datatype: 'FP32',
      shape: [scores.length, 2],
      data: scores.flatMap((score) => [1 - score, score]),
    },
    { name: 'score', datatype: 'FP32', shape: [scores.length], data: scores },
  ];
  return {
    id,
    model_name: served.model,
    model_version: served.version,
    parameters: {
      ...(served.arm === undefined ? {} : { arm: served.arm }),
      version: served.version,
      status,
      threshold,
      ...(reason === undefined ? {} : { reason }),
    },
    outputs: wanted === undefined ? outputs : outputs.filter(({ name }) => wanted.includes(name)),
  };
}
