/**
 * Proves that what tells of a person is recognised in names and values, that a mask hides it by a key that nobody has, and that
 * a search finds it again wherever a mask did not hold.
 */
import { describe, expect, test } from 'vitest';
import { keyedMask, masked, type Mask, type MaskSettings } from '../../activities/stages/shadow/mask.ts';
import { plantedRows } from '../../activities/stages/shadow/planted.ts';
import type { Signature } from '../../contracts/plan.ts';
import { isPersonalName, leaksIn, personalKind } from '../../domain/personal/index.ts';

const SIGNATURE: Signature = {
  inputs: [
    { name: 'carrier', datatype: 'BYTES', kind: 'category' },
    { name: 'passenger_name', datatype: 'BYTES', kind: 'category' },
    { name: 'remark', datatype: 'BYTES', kind: 'category' },
    { name: 'phone', datatype: 'FP32', kind: 'numeric' },
    { name: 'distance', datatype: 'FP32', kind: 'numeric' },
  ],
  output: { name: 'probabilities', positiveIndex: 1 },
};
const maskWith = (settings: Partial<MaskSettings> = {}): Mask =>
  keyedMask(SIGNATURE, { personal: [], notPersonal: [], masking: 'hash', ...settings });

describe('names of fields', () => {
  test.each([
    'email',
    'customerEmail',
    'passenger_name',
    'lastName',
    'NAME',
    'home-address',
    'ip',
    'phone_2',
    'iban',
  ])('%s is personal', (name) => expect(isPersonalName(name)).toBe(true));
  test.each([
    'carrier',
    'dest',
    'dew_point',
    'airport_name',
    'shipment',
    'ipsum',
    'zipper',
    'filename_length',
    'distance',
  ])('%s is not', (name) => expect(isPersonalName(name)).toBe(false));
});

describe('values', () => {
  test.each([
    ['jane.doe@example.org', 'email'],
    ['write to jane@mail.example.co.uk, please', 'email'],
    ['+41 44 668 18 00', 'phone'],
    ['(212) 555-0147', 'phone'],
    ['212-555-0147', 'phone'],
    ['CH93 0076 2011 6238 5295 7', 'iban'],
    ['DE89370400440532013000', 'iban'],
  ])('%s is %s', (text, kind) => expect(personalKind(text)).toBe(kind));
  test.each([
    ...[
      'UA',
      'EWR',
      'JFK-LAX',
      '2013-06-01T12:00:00.000Z',
      '0.123456789',
      '1234567890123',
      'v1.2.3',
      'user@localhost',
    ],
    ...['CH93 0076 2011 6238 5295 8', 'GB00XXXX12345678901234', '10.0.0.1', 'UA1545-2013-03-01T10:15'],
    'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  ])('%s is nothing', (text) => expect(personalKind(text)).toBeUndefined());
  test('a long text without end is looked at in no time', () => {
    expect(personalKind('a.'.repeat(50_000))).toBeUndefined();
    expect(personalKind(`${'a'.repeat(100_000)}@`)).toBeUndefined();
  });
});

describe('the mask', () => {
  const row = {
    carrier: 'UA',
    passenger_name: 'Jane Doe',
    remark: 'call +41 44 668 18 00',
    phone: 446681800,
    distance: 1.5,
  };

  test('hides fields by name and by value, and nothing else', () => {
    const mask = maskWith();
    const hidden = masked(mask, row);
    expect(mask.fields).toEqual(['passenger_name', 'phone']);
    expect(hidden).toMatchObject({ carrier: 'UA', distance: 1.5 });
    for (const field of ['passenger_name', 'remark', 'phone'])
      expect(hidden[field]).toMatch(/^m_[0-9a-f]{16}$/);
    expect(leaksIn(JSON.stringify(hidden), mask.secrets())).toEqual([]);
  });

  test('gives the same mark for the same value of a field, another in another field and under another key', () => {
    const mask = maskWith();
    expect(mask.value('passenger_name', 'Jane')).toBe(mask.value('passenger_name', 'Jane'));
    expect(mask.value('passenger_name', 'Jane')).not.toBe(mask.value('phone', 'Jane'));
    expect(mask.value('passenger_name', 'Jane')).not.toBe(maskWith().value('passenger_name', 'Jane'));
  });

  test('drops when told to, spares what a person has looked at, and hides what the plan declares', () => {
    expect(masked(maskWith({ masking: 'drop' }), row)['passenger_name']).toBeNull();
    const looked = maskWith({ notPersonal: ['passenger_name'], personal: ['carrier'] });
    expect(masked(looked, row)).toMatchObject({ passenger_name: 'Jane Doe' });
    expect(masked(looked, row)['carrier']).toMatch(/^m_/);
    expect(masked(looked, { ...row, passenger_name: 'jane@example.org' })['passenger_name']).toMatch(/^m_/);
  });

  test('a name that another field shows rightly is no leak', () => {
    const mask = maskWith();
    const rows = [masked(mask, { carrier: 'Paris', passenger_name: 'Paris' })];
    expect(leaksIn(JSON.stringify(rows), mask.secrets())).toEqual([]);
  });

  test.each(['passenger_name', 'remark', 'carrier'])(
    'planted strings show that %s is not masked',
    (broken) => {
      const mask = maskWith();
      const hole: Mask = {
        ...mask,
        value: (field, value) => (field === broken ? value : mask.value(field, value)),
      };
      const planted = plantedRows(SIGNATURE, hole);
      expect(leaksIn(JSON.stringify(planted.rows), planted.secrets).length).toBeGreaterThan(0);
      const whole = plantedRows(SIGNATURE, mask);
      expect(leaksIn(JSON.stringify(whole.rows), [...whole.secrets, ...mask.secrets()])).toEqual([]);
    },
  );
});

test('the search finds values word for word and by their look, and never repeats one', () => {
  const leaks = leaksIn(JSON.stringify({ a: 'Jane "JD" Doe', b: 'x@example.org', c: '0.00' }), [
    'Jane "JD" Doe',
    '0.0',
  ]);
  expect(leaks).toEqual([
    '1 values that had to be masked are there word for word',
    '1 texts look like an e-mail address',
  ]);
});
