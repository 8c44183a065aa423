import type { LogRecord } from '../../adapters/kafka/index.ts';
import { drift, driftRecord } from './events.ts';

export interface Poison {
  readonly name: string;
  /** What ingest says of it. */
  readonly code: string;
  readonly record: LogRecord;
}

/** One of each kind of record that can never become a drift event, all with the key `key`. */
export function poison(key: string): Poison[] {
  const valid = driftRecord('poison', drift(key));
  const text = String(valid.value);
  const withData = (value: string | Buffer | null): LogRecord => ({ ...valid, value });
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(text)]);
  const kinds: [name: string, code: string, record: LogRecord][] = [
    ['not JSON', 'not-json', withData('{"model": ')],
    ['1 MiB', 'too-large', withData(`"${'x'.repeat(1_048_574)}"`)],
    ['nested a million deep', 'too-large', withData('['.repeat(1_000_000))],
    ['nested deep but small', 'too-deep', withData('['.repeat(100_000))],
    ['__proto__', 'forbidden-key', withData(text.replace('{', '{"__proto__":{"admin":true},'))],
    ['NaN', 'not-json', withData(text.replace('0.31', 'NaN'))],
    ['infinite', 'bad-data', withData(text.replace('0.31', '1e999'))],
    ['invalid UTF-8', 'not-utf8', withData(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['tombstone', 'tombstone', withData(null)],
    [
      'a later version of the type',
      'schema-version',
      driftRecord('v2', drift(key), { type: 'dev.seatrial.drift.detected.v2' }),
    ],
    [
      'another version of the schema',
      'schema-version',
      driftRecord('s9', drift(key), { dataschema: 'urn:seatrial:schema:drift-report:9' }),
    ],
    ['a model that is no name', 'bad-model', driftRecord('m', drift('Not A Model'))],
    ['no CloudEvent', 'not-cloudevent', { key, value: text }],
    ['CloudEvents 0.3', 'spec-version', { ...valid, headers: { ...valid.headers, ce_specversion: '0.3' } }],
    ['framed by a registry', 'registry-framed', withData(framed)],
  ];
  return kinds.map(([name, code, record]) => ({ name, code, record: { ...record, key } }));
}
