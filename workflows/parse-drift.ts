import type { DriftBatch, DriftFold, DriftStatement, DriftSummary } from '../contracts/messages.ts';
import { isFields, reading, Refused, required, wholeNumber } from './parse.ts';
import type { Fields, Parsed } from './parse.ts';

/** The ingest has checked every event by its schema; here only the shape that the fold relies on is looked at. */
export function parseDrift(raw: unknown): Parsed<DriftBatch | DriftFold> {
  return isFields(raw) && raw['v'] === 2 ? parseFold(raw) : parseBatch(raw);
}

function parseBatch(raw: unknown): Parsed<DriftBatch> {
  return reading(raw, '{"v":1,"stream":"...","partition":0,"events":[]}', (fields) => {
    const events = list(fields, 'events');
    for (const event of events) wholeNumber(statement(event), 'offset');
    return {
      v: 1,
      stream: required(fields, 'stream'),
      partition: wholeNumber(fields, 'partition'),
      events: events as DriftSummary[],
    };
  });
}

function parseFold(raw: Fields): Parsed<DriftFold> {
  const example =
    '{"v":2,"stream":"...","partition":0,"from":0,"statements":[],"events":{"at":[],"key":[],"says":[]}}';
  return reading(raw, example, (fields) => {
    const statements = list(fields, 'statements');
    statements.forEach(statement);
    const columns = isFields(fields['events']) ? fields['events'] : {};
    const [at, key, says] = [list(columns, 'at'), list(columns, 'key'), list(columns, 'says')];
    const rows = at.every((distance, row) => {
      const index = says[row];
      return (
        Number.isSafeInteger(distance) &&
        typeof key[row] === 'string' &&
        typeof index === 'number' &&
        statements[index] !== undefined
      );
    });
    if (!rows || key.length !== at.length || says.length !== at.length)
      throw new Refused('the columns of `events` do not fit together');
    const from = wholeNumber(fields, 'from');
    return {
      v: 2,
      stream: required(fields, 'stream'),
      partition: wholeNumber(fields, 'partition'),
      from,
      to: from + ((at.at(-1) as number | undefined) ?? 0),
      count: at.length,
      worst: (fields['worst'] ?? null) as DriftFold['worst'],
      statements: statements as DriftStatement[],
      events: { at, key, says } as DriftFold['events'],
    };
  });
}

function statement(event: unknown): Fields {
  if (!isFields(event)) throw new Refused('an event is not an object');
  for (const name of ['id', 'version', 'verdict', 'windowStart', 'windowEnd', 'headline'])
    required(event, name);
  if (Number.isNaN(Date.parse(String(event['windowEnd']))))
    throw new Refused('`windowEnd` of an event is not a time');
  return event;
}

function list(fields: Fields, name: string): unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new Refused(`\`${name}\` is missing or not a list`);
  return value as unknown[];
}
