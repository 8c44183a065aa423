import { isName } from '../ids.ts';
import { driftKinds } from '../live-events.ts';
import type { DriftReported } from '../live-events.ts';
import { isCanonicalUtc } from '../utc.ts';
import { MAX_MEASUREMENTS } from './live-events.ts';

/** JSON's objects: field to whatever it holds. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether parsed JSON is a drift report beyond doubt: true only for what the schema `driftReported` accepts too, in 0.3 µs for
 * an event with one measurement, where the schema takes 3 to 4 µs and JSON.parse 2.5 µs. False means only that the schema
 * must be asked: it accepts times with offsets, and it has the words for what is wrong. A property test holds the two together.
 */
export function isPlainDriftReport(data: unknown): data is DriftReported {
  if (!isObject(data)) return false;
  const { model, monitor, window, reference, measurements, evidence } = data;
  const { kind, verdict, severity } = data;
  return (
    hasFields(data, evidence === undefined ? 8 : 9) &&
    isObject(model) &&
    hasFields(model, 3) &&
    isName(model['name']) &&
    isName(model['version']) &&
    isShort(model['environment']) &&
    isObject(monitor) &&
    hasFields(monitor, 3) &&
    isShort(monitor['tool']) &&
    isTextUpTo(monitor['toolVersion'], 256) &&
    isShort(monitor['id']) &&
    kinds.has(kind) &&
    (verdict === 'drift' || verdict === 'no_drift' || verdict === 'unresolved') &&
    (severity === null || severity === 'info' || severity === 'warning' || severity === 'critical') &&
    isWindow(window) &&
    isObject(reference) &&
    hasFields(reference, 1) &&
    isShort(reference['id']) &&
    Array.isArray(measurements) &&
    measurements.length <= MAX_MEASUREMENTS &&
    measurements.every(isMeasurement) &&
    (evidence === undefined || isEvidence(evidence))
  );
}

const kinds: ReadonlySet<unknown> = new Set(driftKinds);

/** Canonical times are in the order of their letters. */
function isWindow(window: unknown): boolean {
  if (!isObject(window) || !hasFields(window, 3)) return false;
  const { start, end, rows } = window;
  return (
    isCanonicalUtc(start) &&
    isCanonicalUtc(end) &&
    start <= end &&
    Number.isSafeInteger(rows) &&
    (rows as number) >= 0
  );
}

function isMeasurement(one: unknown): boolean {
  if (!isObject(one) || !hasFields(one, 7)) return false;
  const { scope, name, metric, value, threshold, driftWhen, drifted } = one;
  return (
    (scope === 'dataset' || scope === 'feature' || scope === 'prediction' || scope === 'label') &&
    (name === null || isShort(name)) &&
    isShort(metric) &&
    Number.isFinite(value) &&
    Number.isFinite(threshold) &&
    (driftWhen === 'gt' || driftWhen === 'gte' || driftWhen === 'lt' || driftWhen === 'lte') &&
    typeof drifted === 'boolean'
  );
}

function isEvidence(evidence: unknown): boolean {
  if (!isObject(evidence) || !hasFields(evidence, 2)) return false;
  const { uri, sha256 } = evidence;
  return isTextUpTo(uri, 2048) && uri !== '' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** With all known fields present, that there are so many means that there is none beside them. */
const hasFields = (object: Fields, count: number): boolean => Object.keys(object).length === count;

const isTextUpTo = (value: unknown, length: number): value is string =>
  typeof value === 'string' && value.length <= length;
const isShort = (value: unknown): value is string => isTextUpTo(value, 256) && value !== '';
