import type { Signature } from '../../../contracts/plan.ts';
import type { RawRequest } from './raw-http.ts';

/** Largest body that a caller may send, in bytes: what the gateway refuses beyond. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** Most rows in one request. */
const MAX_ROWS = 10_000;

/** Requests that are wrong in one way each. Every one must be answered with a 4xx. */
export function malformedRequests(model: string, { inputs }: Signature): RawRequest[] {
  const path = `/v2/models/${encodeURIComponent(model)}/infer`;
  const tensors = inputs.map(({ name, datatype }) => ({
    name,
    datatype,
    shape: [1, 1] as unknown,
    data: [datatype === 'BYTES' ? 'AA' : 1] as unknown,
  }));
  const first = tensors[0];
  const good = JSON.stringify({ inputs: tensors });
  const json = (what: string, body: unknown): RawRequest => ({ what, path, body: JSON.stringify(body) });
  const text = (what: string, body: string | Buffer): RawRequest => ({ what, path, body });
  const changed = (what: string, change: Readonly<Record<string, unknown>>): RawRequest =>
    json(what, { inputs: tensors.map((tensor, n) => (n === 0 ? { ...tensor, ...change } : tensor)) });
  const wrongType = first?.datatype === 'BYTES' ? [1] : ['one'];
  return [
    text('an empty body', ''),
    text('half a document', good.slice(0, good.length >> 1)),
    text('not JSON', '<inputs/>'),
    text('bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0x7d])),
    text('a number that is none', good.replace(/\[1,1\]/, '[NaN,1]')),
    text('brackets 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    text('__proto__', `{"__proto__":{"inputs":[]},"inputs":[]}`),
    json('null', null),
    json('a list', []),
    json('no inputs', {}),
    json('inputs that are no list', { inputs: {} }),
    json('an input missing', { inputs: tensors.slice(1) }),
    json('an input twice', { inputs: [...tensors, first] }),
    json('an unknown input', { inputs: [...tensors, { ...first, name: 'no-such-input' }] }),
    changed('values of another type', { data: wrongType }),
    changed('an object for a value', { data: [{}] }),
    changed('another datatype', { datatype: 'INT64' }),
    changed('more values than rows', { data: ['AA', 'AA', 'AA'] }),
    changed('a negative shape', { shape: [-1, 1] }),
    changed('a shape of three', { shape: [1, 1, 1] }),
    changed('no data', { data: undefined }),
    { ...json('an id that is a number', { id: 1, inputs: tensors }) },
    { what: 'another content type', path, body: good, contentType: 'application/x-protobuf' },
    { what: 'a path with a broken escape', path: '/v2/models/%E0%A4%A/infer', body: good },
    { what: 'a model that is not there', path: '/v2/models/constructor/infer', body: good },
    {
      what: 'bytes that are not HTTP',
      raw: Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'),
    },
    { what: 'a negative length', raw: `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n` },
    {
      what: 'two lengths that differ',
      raw: `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
    },
    {
      what: 'length and chunks at once',
      raw: `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    },
  ];
}

/** Requests that are too large in one way each. Every one must be refused before it is held in memory. */
export function oversizedRequests(model: string, { inputs }: Signature): RawRequest[] {
  const path = `/v2/models/${encodeURIComponent(model)}/infer`;
  const rows = MAX_ROWS + 1;
  const many = inputs.map(({ name, datatype }) => ({
    name,
    datatype,
    shape: [rows, 1],
    data: new Array<unknown>(rows).fill(datatype === 'BYTES' ? '' : 1),
  }));
  const text = Buffer.alloc(BODY_LIMIT + 1, 0x20);
  return [
    { what: `${rows} rows`, path, body: JSON.stringify({ inputs: many }) },
    { what: 'a body above 4 MiB', path, body: text },
    { what: 'chunks above 4 MiB', path, body: text, chunked: true },
    {
      what: 'a length of a terabyte',
      raw: `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1099511627776\r\n\r\n{`,
    },
    { what: 'headers of 64 KiB', path, body: '{}', header: 'x'.repeat(64 * 1024) },
    { what: 'a path of 64 KiB', path: `/v2/models/${'m'.repeat(64 * 1024)}/infer`, body: '{}' },
    { what: 'a caller key of 8,000 characters', path, body: '{"inputs":[]}', key: 'k'.repeat(8000) },
  ];
}
