import type { z } from 'zod';
import { releaseFileJsonSchema } from '../contracts/schemas/release-file.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';

type Issue = z.core.$ZodIssue;

/**
 * What the schema refused, in the words of somebody who wrote YAML. `data` is the parsed file that was refused, `schema` the JSON
 * Schema of what it should be.
 */
export function schemaProblems(
  issues: readonly Issue[],
  data: unknown,
  schema: Shape = releaseFileJsonSchema(),
): readonly Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, data, schema));
}

function problemsOf(issue: Issue, data: unknown, schema: Shape): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const value = valueAt(data, path);
  const field = fieldName(path);
  const error = (what: string, mend?: string, didYouMean?: string): Problem[] => [
    { severity: 'error', path, what, mend, didYouMean },
  ];

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(path, key, data, schema));
    case 'invalid_union':
      return stepProblems(issue, path, value, data, schema);
    case 'invalid_key':
      return [
        {
          severity: 'error',
          path,
          atKey: true,
          what: `the name ${quoted(path.at(-1))} cannot be used`,
          mend: issue.issues[0]?.message,
        },
      ];
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      if (value === undefined) return error(`${field} is missing`, `write ${field}: ${allowed[0]}`);
      const mend = `use ${allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`}`;
      return error(`${field} is ${said(value)}`, mend, nearestName(String(value), allowed));
    }
    case 'invalid_type':
      if (value === undefined) return error(`${field} is missing`, `add it: ${needed(path, issue.expected)}`);
      return error(`${field} is ${said(value)}`, mendType(issue.expected, value));
    case 'too_small':
    case 'too_big': {
      const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
      const bound = `${issue.code === 'too_small' ? 'at least' : 'at most'} ${limit}`;
      const strict = issue.inclusive === false;
      const range = strict ? `${issue.code === 'too_small' ? 'more' : 'less'} than ${limit}` : bound;
      if (issue.origin === 'array') return error(`${field} has ${lengthOf(value)} entries`, `give ${bound}`);
      if (issue.origin === 'string') return error(`${field} is ${said(value)}`, `give ${bound} characters`);
      return error(`${field} is ${said(value)}`, `use a number of ${range}`);
    }
    case 'invalid_format':
      return error(`${field} is ${said(value)}`, issue.message);
    default: {
      const [what = issue.message, mend] = issue.message.split('; ');
      return error(what, mend);
    }
  }
}

/** Of a step that is neither stage nor gate the schema says everything twice; only the form that was meant is told. */
function stepProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: YamlPath,
  value: unknown,
  data: unknown,
  schema: Shape,
): Problem[] {
  const keys = isRecord(value) ? Object.keys(value) : [];
  const form = keys.includes('stage') ? 0 : keys.includes('gate') ? 1 : undefined;
  if (form === undefined) {
    const meant = keys.map((key) => nearestName(key, ['stage', 'gate'])).find((name) => name !== undefined);
    const what = 'this step is neither a stage nor a gate';
    return [
      { severity: 'error', path, what, mend: 'write `stage: NAME` or `gate: NAME`', didYouMean: meant },
    ];
  }
  const inner = issue.errors[form] ?? [];
  return inner.flatMap((one) => problemsOf({ ...one, path: [...path, ...one.path] }, data, schema));
}

function unknownField(path: YamlPath, key: string, data: unknown, schema: Shape): Problem {
  const allowed = fieldsAt(path, data, schema);
  const present = valueAt(data, path);
  const free = allowed.filter((name) => !isRecord(present) || !(name in present));
  const near = nearestName(key, free) ?? nearestName(key, allowed);
  return {
    severity: 'error',
    path: [...path, key],
    atKey: true,
    what: `unknown field ${quoted(key)}${path.length > 0 ? ` in ${fieldName(path)}` : ''}`,
    mend: near ? 'rename it or take it out' : `take it out; the fields here are ${allowed.join(', ')}`,
    didYouMean: near,
  };
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/** Names of the fields that may stand at a place, read from the published schema. */
function fieldsAt(path: YamlPath, data: unknown, schema: Shape): readonly string[] {
  let shape: Shape | undefined = schema;
  let value: unknown = data;
  for (const step of path) {
    value = valueAt(value, [step]);
    const next: Shape | boolean | undefined =
      typeof step === 'number' ? shape?.items : (shape?.properties?.[step] ?? shape?.additionalProperties);
    shape = typeof next === 'object' ? next : undefined;
    const present: unknown = value;
    if (shape?.anyOf) {
      shape = shape.anyOf.find(
        (form) => isRecord(present) && Object.keys(form.properties ?? {})[0]! in present,
      );
    }
  }
  return Object.keys(shape?.properties ?? {});
}

export function valueAt(data: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return (value as unknown[])[Number(step)];
    return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, data);
}

/** `spec.steps[2].checks[0].min` */
export function fieldName(path: YamlPath): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

function mendType(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return 'put quotes around it';
  }
  return `write ${kinds[expected] ?? expected}`;
}

function needed(path: YamlPath, expected: string): string {
  return `${String(path.at(-1))}: ${samples[expected] ?? '...'}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields below it, indented',
  record: 'names and values below it, indented',
};
const samples: Readonly<Record<string, string>> = {
  string: 'TEXT',
  number: 'NUMBER',
  int: 'NUMBER',
  array: '[...]',
  object: '{ ... }',
  record: '{ NAME: ... }',
};

function said(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a block of fields';
  if (typeof value === 'string') return value === '' ? 'empty' : quoted(value);
  return `the ${typeof value} ${String(value)}`;
}

const quoted = (text: unknown): string => `\`${String(text)}\``;
const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
