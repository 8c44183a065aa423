/** Writes ONNX files byte by byte, whole ones and wrong ones. Field numbers are those of `onnx.proto3`. */

function varint(value: number): Buffer {
  const out: number[] = [];
  let left = value;
  while (left >= 0x80) {
    out.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return Buffer.from([...out, left]);
}

export const number = (field: number, value: number): Buffer =>
  Buffer.concat([varint(field * 8), varint(value)]);
export const bytes = (field: number, content: Buffer | string): Buffer => {
  const body = Buffer.from(content as string);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const all = (field: number, contents: readonly Buffer[]): Buffer[] =>
  contents.map((content) => bytes(field, content));

/** A tensor whose data lies in a file. */
export function tensor(location: string): Buffer {
  const entry = (key: string, value: string): Buffer => Buffer.concat([bytes(1, key), bytes(2, value)]);
  return Buffer.concat([
    number(1, 1),
    number(2, 1),
    bytes(8, 'w'),
    bytes(13, entry('location', location)),
    bytes(13, entry('offset', '0')),
    number(14, 1),
  ]);
}

export function attribute(parts: {
  tensor?: Buffer;
  tensors?: readonly Buffer[];
  graph?: Buffer;
  graphs?: readonly Buffer[];
}): Buffer {
  return Buffer.concat([
    bytes(1, 'value'),
    ...(parts.tensor ? [bytes(5, parts.tensor)] : []),
    ...(parts.graph ? [bytes(6, parts.graph)] : []),
    ...all(10, parts.tensors ?? []),
    ...all(11, parts.graphs ?? []),
  ]);
}

export const node = (attributes: readonly Buffer[]): Buffer =>
  Buffer.concat([bytes(4, 'Constant'), ...all(5, attributes)]);

export function graph(
  parts: { nodes?: readonly Buffer[]; initializers?: readonly Buffer[]; sparse?: readonly Buffer[] } = {},
): Buffer {
  return Buffer.concat([
    ...all(1, parts.nodes ?? []),
    bytes(2, 'g'),
    ...all(5, parts.initializers ?? []),
    ...all(15, parts.sparse ?? []),
  ]);
}

export function model(parts: {
  irVersion?: number;
  graphs?: readonly Buffer[];
  operatorSets?: number;
  functions?: readonly Buffer[];
  training?: readonly Buffer[];
}): Buffer {
  const { irVersion = 8, graphs = [graph()], operatorSets = 1, functions = [], training = [] } = parts;
  return Buffer.concat([
    number(1, irVersion),
    bytes(2, 'by hand'),
    ...all(7, graphs),
    ...Array.from({ length: operatorSets }, () => bytes(8, number(2, 17))),
    ...all(20, training),
    ...all(25, functions),
  ]);
}
