import type { Signature } from '../../contracts/plan.ts';
import type { Column, Rows } from './columns.ts';
import { GatewayError } from './errors.ts';

/** An inference request of the Open Inference Protocol v2, read against a signature. */
export interface InferRequest extends Rows {
  /** The caller's own name for the request. */
  readonly id: string | undefined;
  /** Names of the outputs asked for; undefined means all. */
  readonly outputs: readonly string[] | undefined;
  /** One row's inputs as the caller sent them, null for what is missing. */
  features(row: number): Readonly<Record<string, string | number | null>>;
}

export const MAX_ROWS = 10_000;
export const OUTPUT_NAMES = ['probabilities', 'score'] as const;
/** Leaves room for `#row` within the 256 characters that a prediction's id may have. */
const MAX_ID = 240;
/** Labels and log records carry the id, in headers too, so it has no control characters. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what this refuses
const NOT_PRINTABLE = /[\u0000-\u001f\u007f]/;

/** Throws `INVALID_REQUEST` saying what is wrong, where, and how to mend it. */
export function readInferRequest(body: unknown, signature: Signature): InferRequest {
  if (!isObject(body)) throw invalid('The body is not a JSON object. Send { "inputs": [...] }.');
  const inputs = inputsByName(body['inputs'], signature);
  const columns: Record<string, Column> = {};
  const sent: [name: string, data: readonly unknown[]][] = [];
  let rows: number | undefined;
  for (const { name, datatype } of signature.inputs) {
    const input = inputs.get(name);
    if (input === undefined) {
      throw invalid(`Input "${name}" is missing. Send it as ${datatype} with shape [n, 1].`);
    }
    const count = rowsOf(input, name, datatype);
    if (rows !== undefined && rows !== count) {
      throw invalid(
        `Input "${name}" has ${count} rows and the inputs before it ${rows}. Send one value a row in each.`,
      );
    }
    rows = count;
    const data = dataOf(input, name, count);
    columns[name] = datatype === 'BYTES' ? texts(data, name) : numbers(data, name);
    sent.push([name, data]);
  }
  return {
    id: idOf(body['id']),
    outputs: outputsOf(body['outputs']),
    rows: rows ?? 0,
    columns,
    // Checked above: every value is a text, a finite number or null.
    features: (row) =>
      Object.fromEntries(sent.map(([name, data]) => [name, valueAt(data, row) as string | number | null])),
  };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): GatewayError {
  return new GatewayError('INVALID_REQUEST', message);
}

function inputsByName(inputs: unknown, signature: Signature): Map<string, JsonRecord> {
  if (!Array.isArray(inputs)) throw invalid('"inputs" is not a list. Send one tensor for each input.');
  const known = new Set(signature.inputs.map(({ name }) => name));
  const byName = new Map<string, JsonRecord>();
  for (const [index, input] of (inputs as unknown[]).entries()) {
    const name = isObject(input) ? input['name'] : undefined;
    if (!isObject(input) || typeof name !== 'string') {
      throw invalid(`inputs[${index}] has no name. Send { name, datatype, shape, data }.`);
    }
    if (!known.has(name)) {
      throw invalid(`Input ${show(name)} is unknown. The model takes ${[...known].join(', ')}.`);
    }
    if (byName.has(name)) throw invalid(`Input "${name}" is sent twice. Send it once.`);
    byName.set(name, input);
  }
  return byName;
}

function rowsOf(input: JsonRecord, name: string, datatype: string): number {
  if (input['datatype'] !== datatype) {
    throw invalid(`Input "${name}" has datatype ${show(input['datatype'])}. Send it as ${datatype}.`);
  }
  const shape = input['shape'];
  const rows: unknown = Array.isArray(shape) ? shape[0] : undefined;
  if (!Array.isArray(shape) || shape.length !== 2 || shape[1] !== 1 || !isRowCount(rows)) {
    throw invalid(
      `Input "${name}" has shape ${show(shape)}. Send [n, 1] with n from 1 to ${MAX_ROWS}, one value a row.`,
    );
  }
  return rows;
}

function isRowCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ROWS;
}

/** The protocol allows data flat (`[1, 2]`) and nested by shape (`[[1], [2]]`). */
function valueAt(data: readonly unknown[], row: number): unknown {
  const value = data[row];
  return Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;
}

function dataOf(input: JsonRecord, name: string, rows: number): readonly unknown[] {
  const data = input['data'];
  if (!Array.isArray(data)) {
    throw invalid(
      `Input "${name}" has no "data" list. Send its values as JSON; binary tensors are not supported.`,
    );
  }
  if (data.length !== rows) {
    throw invalid(`Input "${name}" has ${data.length} values and shape [${rows}, 1]. Send ${rows} values.`);
  }
  return data as unknown[];
}

/** A missing category is null or '': models are trained to meet it as the empty text. */
function texts(data: readonly unknown[], name: string): string[] {
  return Array.from({ length: data.length }, (_, row) => {
    const value = valueAt(data, row) ?? '';
    if (typeof value === 'string') return value;
    throw invalid(
      `Input "${name}" has ${show(value)} at row ${row}. BYTES takes texts, and null for a missing one.`,
    );
  });
}

/** A missing number is null, because JSON has no NaN. A number too large for FP32 is an error and not infinity. */
function numbers(data: readonly unknown[], name: string): Float32Array {
  const column = new Float32Array(data.length);
  for (let row = 0; row < data.length; row++) {
    const value = valueAt(data, row);
    if (value === null) column[row] = Number.NaN;
    else if (typeof value === 'number' && Number.isFinite(Math.fround(value))) column[row] = value;
    else {
      throw invalid(
        `Input "${name}" has ${show(value)} at row ${row}. FP32 takes finite numbers, and null for a missing one.`,
      );
    }
  }
  return column;
}

function idOf(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'string' && id.length >= 1 && id.length <= MAX_ID && !NOT_PRINTABLE.test(id)) return id;
  throw invalid(
    `"id" is ${show(id)}. Send a text of 1 to ${MAX_ID} printable characters, or leave it out to be given one.`,
  );
}

function outputsOf(outputs: unknown): readonly string[] | undefined {
  if (outputs === undefined || outputs === null) return undefined;
  if (!Array.isArray(outputs)) throw invalid('"outputs" is not a list. Send [{ name }], or leave it out.');
  return (outputs as unknown[]).map((output, index) => {
    const name = isObject(output) ? output['name'] : undefined;
    if (OUTPUT_NAMES.some((known) => known === name)) return name as string;
    throw invalid(`outputs[${index}] asks for ${show(name)}. The model gives ${OUTPUT_NAMES.join(' and ')}.`);
  });
}

/** A value as it may stand in a message: short, and never a whole body. */
function show(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
