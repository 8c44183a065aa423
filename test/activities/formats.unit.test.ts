/**
 * Proves that the format allow-list looks at bytes and not at names: only a whole ONNX model is ONNX, whatever else a file
 * pretends to be, and no tensor may lie outside of the model's folder, however deep in the graph it hides.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownFormat } from '../../activities/stages/artifact-format.ts';
import { leavesFolder, NotOnnx, readOnnx } from '../../activities/stages/onnx-file.ts';
import { attribute, bytes, graph, model, node, tensor } from './onnx-bytes.ts';

const tiny = join(import.meta.dirname, '../fixtures/tiny-a.onnx');
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatrial-formats-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let files = 0;
const write = async (content: Buffer | string): Promise<string> => {
  const path = join(dir, `${++files}.onnx`); // always the right name: it must not matter
  await writeFile(path, content);
  return path;
};

describe('a real model', () => {
  it('is read as ONNX, with its operator set', () => {
    const facts = readOnnx(tiny);
    expect(facts.externalLocations).toEqual([]);
    expect(facts.irVersion).toBeGreaterThanOrEqual(3);
    expect(facts.operatorSet).toBeGreaterThanOrEqual(7);
  });

  it('is none when any of its bytes at the end is cut off, or one is added', async () => {
    const content = await readFile(tiny);
    for (const length of [1, 2, 10, Math.floor(content.length / 2), content.length - 1]) {
      const path = await write(content.subarray(0, length));
      expect(() => readOnnx(path), `${length} bytes`).toThrow(NotOnnx);
    }
    const longer = await write(Buffer.concat([content, Buffer.from([0])]));
    expect(() => readOnnx(longer)).toThrow(NotOnnx);
  });
});

describe('anything else', () => {
  it.each<[string, Buffer | string, RegExp]>([
    ['a pickle, protocol 4', Buffer.from('8004950500000000000000', 'hex'), /pickle/],
    ['a pickle, protocol 0', '(lp0\nS"x"\np1\na.', /pickle/],
    ['a pickle that calls', 'cos\nsystem\n(S"id"\ntR.', /text/],
    ['a zip', Buffer.from('504b03040a00', 'hex'), /zip/],
    ['joblib with zlib', Buffer.from('789c4b4c4a0600', 'hex'), /zlib/],
    ['HDF5', Buffer.from('894844460d0a1a0a00', 'hex'), /HDF5/],
    ['a shell script', '#!/bin/sh\nrm -rf ~\n', /script/],
    ['a program', Buffer.from('7f454c4602010100', 'hex'), /program/],
    ['gzip', Buffer.from('1f8b0800', 'hex'), /gzip/],
    [
      'safetensors',
      Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from('{"a"')]),
      /safetensors/,
    ],
    ['an ORT format model', Buffer.concat([Buffer.alloc(4, 0x18), Buffer.from('ORTM')]), /ORT/],
    ['JSON', '{"model": 1}', /text/],
    ['nothing', '', /empty/],
  ])('is refused and named: %s', async (_, content, name) => {
    const path = await write(content);
    expect(() => readOnnx(path)).toThrow(NotOnnx);
    expect(knownFormat(path)).toMatch(name);
  });

  it('is refused when it is protobuf and no model', async () => {
    for (const [content, why] of [
      [model({ graphs: [] }), /0 graphs/],
      [model({ graphs: [graph(), graph()] }), /2 graphs/],
      [model({ operatorSets: 0 }), /no operator set/],
      [model({ irVersion: 1_000_000 }), /IR version/],
      [Buffer.concat([model({}), bytes(99, Buffer.from('x'))]), /field 99/],
    ] as const) {
      const path = await write(content);
      expect(() => readOnnx(path)).toThrow(why);
    }
  });

  it('is refused when its graphs are nested without end', async () => {
    let inner = graph();
    for (let depth = 0; depth < 200; depth++) inner = graph({ nodes: [node([attribute({ graph: inner })])] });
    const path = await write(model({ graphs: [inner] }));
    expect(() => readOnnx(path)).toThrow(/nested/);
  });
});

describe('external data', () => {
  const outside = tensor('../../etc/passwd');

  it.each<[string, Buffer]>([
    ['an initializer', model({ graphs: [graph({ initializers: [outside] })] })],
    ['a constant of a node', model({ graphs: [graph({ nodes: [node([attribute({ tensor: outside })])] })] })],
    [
      'a list of constants in a graph inside of a node',
      model({
        graphs: [
          graph({
            nodes: [
              node([attribute({ graph: graph({ nodes: [node([attribute({ tensors: [outside] })])] }) })]),
            ],
          }),
        ],
      }),
    ],
    [
      'a list of graphs of a node',
      model({
        graphs: [graph({ nodes: [node([attribute({ graphs: [graph({ initializers: [outside] })] })])] })],
      }),
    ],
    ['a sparse initializer', model({ graphs: [graph({ sparse: [bytes(1, outside)] })] })],
    ['a function', model({ functions: [bytes(7, node([attribute({ tensor: outside })]))] })],
    ['training information', model({ training: [bytes(1, graph({ initializers: [outside] }))] })],
  ])('is found in %s', async (_, content) => {
    expect(readOnnx(await write(content)).externalLocations).toEqual(['../../etc/passwd']);
  });

  it.each([
    ['/etc/passwd', /absolute/],
    ['\\\\server\\share', /absolute/],
    ['C:\\weights.bin', /absolute/],
    ['file:///etc/passwd', /absolute/],
    ['../weights.bin', /goes up/],
    ['a/../../b', /goes up/],
    ['a\\..\\b', /goes up/],
    ['a\0b', /zero byte/],
    ['', /empty/],
  ])('outside of the folder is said: %j', (location, why) => {
    expect(leavesFolder(location)).toMatch(why);
  });

  it.each(['weights.bin', 'sub/weights.bin', './weights.bin', '..weights', 'a..b'])(
    'inside of it is not: %s',
    (location) => {
      expect(leavesFolder(location)).toBeUndefined();
    },
  );
});
