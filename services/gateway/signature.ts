import { z } from 'zod';
import type { Signature } from '../../contracts/plan.ts';
import { GatewayError } from './errors.ts';

const schema = z.object({
  inputs: z
    .array(
      z.object({
        name: z.string().min(1),
        datatype: z.enum(['BYTES', 'FP32']),
        kind: z.enum(['category', 'numeric']),
      }),
    )
    .min(1),
  output: z.object({ name: z.string().min(1), positiveIndex: z.int().min(0) }),
});

/** What onnxruntime says of a model's input or output. A dimension that is not fixed is a text. */
export interface TensorFacts {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface ModelFacts {
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
}

const ONNX_TYPES = { BYTES: 'string', FP32: 'float32' } as const;

/** The signature in a JSON document. Throws `SIGNATURE_MISMATCH` naming the first thing that is wrong in it. */
export function readSignature(document: unknown): Signature {
  const parsed = schema.safeParse(document);
  if (parsed.success) {
    const names = parsed.data.inputs.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return parsed.data;
    throw new GatewayError('SIGNATURE_MISMATCH', `The signature declares the input "${twice}" twice.`);
  }
  const issue = parsed.error.issues[0];
  throw new GatewayError(
    'SIGNATURE_MISMATCH',
    `The signature is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'unknown'}. Write { inputs: [{ name, datatype: BYTES|FP32, kind: category|numeric }], output: { name, positiveIndex } }.`,
  );
}

/** Throws `SIGNATURE_MISMATCH` with every difference between what was declared and what the model really has. */
export function checkSignature(signature: Signature, facts: ModelFacts): void {
  const wrong = [...inputDifferences(signature, facts), ...outputDifferences(signature, facts)];
  if (wrong.length === 0) return;
  throw new GatewayError(
    'SIGNATURE_MISMATCH',
    `The model is not as its signature declares: ${wrong.join('; ')}. Correct the signature, or export the model again.`,
  );
}

function inputDifferences(signature: Signature, facts: ModelFacts): string[] {
  const wrong: string[] = [];
  for (const input of signature.inputs) {
    const real = facts.inputs.find(({ name }) => name === input.name);
    const type = ONNX_TYPES[input.datatype];
    if (real === undefined) wrong.push(`the model has no input "${input.name}"`);
    else if (real.type !== type)
      wrong.push(`input "${input.name}" is declared ${input.datatype} and is ${real.type}`);
    else if (real.shape.length !== 2 || real.shape[1] !== 1 || typeof real.shape[0] === 'number')
      wrong.push(`input "${input.name}" has shape [${real.shape.join(', ')}] and not [n, 1]`);
  }
  const declared = new Set(signature.inputs.map(({ name }) => name));
  for (const { name } of facts.inputs)
    if (!declared.has(name)) wrong.push(`the model's input "${name}" is not declared`);
  return wrong;
}

function outputDifferences({ output }: Signature, facts: ModelFacts): string[] {
  const real = facts.outputs.find(({ name }) => name === output.name);
  if (real === undefined) {
    return [
      `the model has no output "${output.name}" (it has ${facts.outputs.map(({ name }) => name).join(', ')})`,
    ];
  }
  if (real.type !== 'float32') return [`output "${output.name}" is ${real.type} and not float32`];
  const classes = real.shape[1];
  if (real.shape.length !== 2)
    return [`output "${output.name}" has ${real.shape.length} dimensions and not 2`];
  return typeof classes === 'number' && output.positiveIndex >= classes
    ? [`positiveIndex ${output.positiveIndex} is outside of the ${classes} columns of "${output.name}"`]
    : [];
}
