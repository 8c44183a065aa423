import { NotProtobuf, ProtobufFile, type Field, type Span, type WireType } from './protobuf-file.ts';

export interface OnnxFacts {
  readonly irVersion: number;
  /** Version of the default operator set. */
  readonly operatorSet: number | undefined;
  readonly producer: string;
  /** Every place outside of the file where the model says that tensors of it lie. */
  readonly externalLocations: readonly string[];
}

export class NotOnnx extends Error {}

/** Field numbers of `onnx.proto3`'s ModelProto and their wire types: nothing else may stand in the file. */
const MODEL: ReadonlyMap<number, WireType> = new Map([
  [1, 0], // ir_version
  [2, 2], // producer_name
  [3, 2], // producer_version
  [4, 2], // domain
  [5, 0], // model_version
  [6, 2], // doc_string
  [7, 2], // graph
  [8, 2], // opset_import
  [14, 2], // metadata_props
  [20, 2], // training_info
  [25, 2], // functions
  [26, 2], // configuration
]);

type Message = 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'training' | 'function';

/** Where tensors can hide: message, field number, and the message in that field. */
const INSIDE: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  tensor: {},
};

const EXTERNAL_DATA = 13;
const MAX_DEPTH = 64;
const NEWEST_IR_VERSION = 64; // 11 in 2025; room to grow, and still a small number as in every real model

/** Reads a file as ONNX, from its first byte to its last. Throws `NotOnnx` saying why it is none. Nothing of it is run. */
export function readOnnx(path: string): OnnxFacts {
  const file = new ProtobufFile(path);
  try {
    return readModel(file);
  } catch (error) {
    if (error instanceof NotProtobuf) throw new NotOnnx(error.message);
    throw error;
  } finally {
    file.close();
  }
}

function readModel(file: ProtobufFile): OnnxFacts {
  const locations = new Set<string>();
  let irVersion: number | undefined;
  let operatorSet: number | undefined;
  let producer = '';
  let graphs = 0;
  let operatorSets = 0;
  for (const field of file.fields(file.whole)) {
    if (MODEL.get(field.number) !== field.wire) {
      throw new NotOnnx(
        `field ${field.number} with wire type ${field.wire} does not belong into an ONNX model`,
      );
    }
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 2) producer = file.text(field, 200);
    else if (field.number === 8) {
      operatorSets++;
      operatorSet ??= defaultOperatorSet(file, field);
    } else if (field.number === 7) {
      graphs++;
      collect(file, 'graph', field, locations, 0);
    } else if (field.number === 20) collect(file, 'training', field, locations, 0);
    else if (field.number === 25) collect(file, 'function', field, locations, 0);
  }
  if (irVersion === undefined || irVersion < 1 || irVersion > NEWEST_IR_VERSION) {
    throw new NotOnnx(`it has ${irVersion === undefined ? 'no IR version' : `the IR version ${irVersion}`}`);
  }
  if (graphs !== 1) throw new NotOnnx(`it has ${graphs} graphs and not one`);
  if (operatorSets === 0) throw new NotOnnx('it names no operator set');
  return { irVersion, operatorSet, producer, externalLocations: [...locations].sort() };
}

/** Version of an `OperatorSetIdProto` whose domain is the default one. */
function defaultOperatorSet(file: ProtobufFile, span: Span): number | undefined {
  let domain = '';
  let version: number | undefined;
  for (const field of file.fields(span)) {
    if (field.number === 1 && field.wire === 2) domain = file.text(field, 200);
    if (field.number === 2 && field.wire === 0) version = field.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined;
}

function collect(file: ProtobufFile, message: Message, span: Span, into: Set<string>, depth: number): void {
  if (depth > MAX_DEPTH) throw new NotOnnx(`its graphs are nested deeper than ${MAX_DEPTH} levels`);
  for (const field of file.fields(span)) {
    if (message === 'tensor') {
      if (field.number === EXTERNAL_DATA) addLocation(file, field, into);
      continue;
    }
    const inner = INSIDE[message][field.number];
    if (inner !== undefined && field.wire === 2) collect(file, inner, field, into, depth + 1);
  }
}

/** One `StringStringEntryProto` of a tensor's external data. */
function addLocation(file: ProtobufFile, entry: Field, into: Set<string>): void {
  if (entry.wire !== 2) return;
  let key = '';
  let value = '';
  for (const field of file.fields(entry)) {
    if (field.number === 1) key = file.text(field);
    if (field.number === 2) value = file.text(field);
  }
  if (key === 'location') into.add(value);
}

/** Why a location leaves the model's folder; undefined when it stays inside. */
export function leavesFolder(location: string): string | undefined {
  const shown = JSON.stringify(location.slice(0, 120));
  if (location === '') return 'an empty location';
  if (location.includes('\0')) return `${shown} has a zero byte`;
  // Backslashes too: the file may be served on another system than this one.
  if (/^([/\\]|[a-z]:|[a-z][a-z0-9+.-]*:)/i.test(location)) return `${shown} is an absolute path`;
  if (location.split(/[/\\]/).includes('..')) return `${shown} goes up with ".."`;
  return undefined;
}
