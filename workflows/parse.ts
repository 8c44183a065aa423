import type {
  CloseActionMessage,
  DecideRetraining,
  DecisionMessage,
  OpenActionMessage,
  HeldRetrainingMessage,
  OperatorMessage,
  SkipMessage,
  SlotGrantedMessage,
  StartRetrainingMessage,
  SubmitDecision,
} from '../contracts/messages.ts';
import type { Undecodable } from './payload-converter.ts';

/**
 * Plain guards for what people and other programs send. None of them throws: zod would, and costs every cached workflow
 * a third of a megabyte.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly from: string };

export function parseDecision(raw: unknown): Parsed<DecisionMessage> {
  const example =
    '{"gate":"...","approver":"your name","evidence":"the digest in the brief","comment":"..."}';
  return reading(raw, example, (fields) => {
    const gate = required(fields, 'gate');
    const approver = required(fields, 'approver');
    const evidence = required(fields, 'evidence');
    const role = optional(fields, 'role');
    const comment = optional(fields, 'comment');
    return {
      gate,
      approver,
      evidence,
      ...(role === undefined ? {} : { role }),
      ...(comment === undefined ? {} : { comment }),
    };
  });
}

export function parseSubmission(raw: unknown): Parsed<SubmitDecision> {
  const parsed = parseDecision(raw);
  if (!parsed.ok) return parsed;
  return reading(raw, '{"decision":"approve", ...}', (fields) => {
    const decision = required(fields, 'decision');
    if (decision !== 'approve' && decision !== 'reject') {
      throw new Refused(`\`decision\` is ${decision}; it is approve or reject`);
    }
    return { ...parsed.value, decision };
  });
}

export function parseOperator(raw: unknown): Parsed<OperatorMessage> {
  return reading(raw, '{"by":"your name","reason":"why"}', (fields) => ({
    by: required(fields, 'by'),
    reason: required(fields, 'reason'),
  }));
}

export function parseSkip(raw: unknown): Parsed<SkipMessage> {
  return reading(raw, '{"stage":"the stage that is held","by":"your name","reason":"why"}', (fields) => ({
    stage: required(fields, 'stage'),
    by: required(fields, 'by'),
    reason: required(fields, 'reason'),
  }));
}

/** Longer texts belong into a tracker, and a link to it here. */
const LONGEST_ACTION = 500;

export function parseOpenAction(raw: unknown): Parsed<OpenActionMessage> {
  const example = '{"what":"...","owner":"a role of the plan","due":"2013-07-01","by":"your name"}';
  return reading(raw, example, (fields) => {
    const what = required(fields, 'what');
    if (what.length > LONGEST_ACTION)
      throw new Refused(`\`what\` is longer than ${LONGEST_ACTION} characters`);
    return {
      what,
      owner: required(fields, 'owner'),
      due: time('due', required(fields, 'due')),
      by: required(fields, 'by'),
    };
  });
}

export function parseCloseAction(raw: unknown): Parsed<CloseActionMessage> {
  return reading(raw, '{"action":"a1","by":"your name","reason":"why"}', (fields) => ({
    action: required(fields, 'action'),
    by: required(fields, 'by'),
    reason: required(fields, 'reason'),
  }));
}

export function parseGrant(raw: unknown): Parsed<SlotGrantedMessage> {
  return reading(raw, '{"fence":1,"champion":null,"previous":null}', (fields) => ({
    fence: wholeNumber(fields, 'fence'),
    champion: nullable(fields, 'champion'),
    previous: nullable(fields, 'previous'),
  }));
}

export function parseBy(raw: unknown): Parsed<{ by: string }> {
  return reading(raw, '{"by":"2"}', (fields) => ({ by: required(fields, 'by') }));
}

export function parseVersion(raw: unknown): Parsed<{ version: string; fields: Fields }> {
  return reading(raw, '{"version":"2"}', (fields) => ({ version: required(fields, 'version'), fields }));
}

export function parseFinished(
  raw: unknown,
): Parsed<{ decision: string; outcome: 'released' | 'failed' | 'held'; detail: string }> {
  return reading(raw, '{"decision":"...","outcome":"released","detail":"..."}', (fields) => {
    const outcome = required(fields, 'outcome');
    return {
      decision: required(fields, 'decision'),
      outcome: outcome === 'released' || outcome === 'held' ? outcome : 'failed',
      detail: optional(fields, 'detail') ?? '',
    };
  });
}

export function parseHeld(raw: unknown): Parsed<HeldRetrainingMessage> {
  return reading(raw, '{"decision":"...","by":"your name","reason":"why"}', (fields) => ({
    decision: required(fields, 'decision'),
    by: required(fields, 'by'),
    reason: required(fields, 'reason'),
  }));
}

export function parseStart(raw: unknown): Parsed<StartRetrainingMessage> {
  const example = '{"by":"your name","reason":"why","until":"2013-06-16T00:00:00Z"}';
  return reading(raw, example, (fields) => {
    const until = optional(fields, 'until');
    const known = until === undefined ? {} : { until: time('until', until) };
    return { by: required(fields, 'by'), reason: required(fields, 'reason'), ...known };
  });
}

export function parseRetrainingWord(raw: unknown): Parsed<DecideRetraining> {
  const action = isFields(raw) ? raw['action'] : undefined;
  if (action === 'start') {
    const parsed = parseStart(raw);
    return parsed.ok ? { ...parsed, value: { action, ...parsed.value } } : parsed;
  }
  const parsed = parseHeld(raw);
  if (!parsed.ok) return parsed;
  return reading(raw, '{"action":"approve", ...}', () => {
    if (action !== 'approve' && action !== 'reject')
      throw new Refused('`action` is not approve, reject or start');
    return { action, ...parsed.value };
  });
}

export type Fields = Readonly<Record<string, unknown>>;

export class Refused extends Error {}

export function reading<T>(raw: unknown, example: string, read: (fields: Fields) => T): Parsed<T> {
  const hint = `send one JSON object such as ${example}`;
  const sender = isFields(raw) ? (raw['approver'] ?? raw['by']) : undefined;
  const from = typeof sender === 'string' ? sender : '';
  if (raw === undefined || raw === null) return { ok: false, reason: `the input was empty; ${hint}`, from };
  if (isUndecodable(raw)) {
    return {
      ok: false,
      reason: `the input could not be decoded (${raw.undecodable}); choose the encoding json/plain and ${hint}`,
      from,
    };
  }
  if (!isFields(raw)) return { ok: false, reason: `the input is ${describe(raw)}; ${hint}`, from };
  try {
    return { ok: true, value: read(raw) };
  } catch (error) {
    return { ok: false, reason: `${error instanceof Error ? error.message : String(error)}; ${hint}`, from };
  }
}

export function required(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.trim() === '')
    throw new Refused(`\`${name}\` is missing or not a text`);
  return value.trim();
}

function optional(fields: Fields, name: string): string | undefined {
  return fields[name] === undefined || fields[name] === null || fields[name] === ''
    ? undefined
    : required(fields, name);
}

function time(name: string, text: string): string {
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(Date.parse(text)))
    throw new Refused(`\`${name}\` is not a time in ISO 8601`);
  return new Date(text).toISOString();
}

function nullable(fields: Fields, name: string): string | null {
  return fields[name] === null || fields[name] === undefined ? null : required(fields, name);
}

export function wholeNumber(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new Refused(`\`${name}\` is missing or not a whole number`);
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUndecodable(value: unknown): value is Undecodable {
  return isFields(value) && typeof value['undecodable'] === 'string';
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value} (${String(value).slice(0, 40)})`;
}
