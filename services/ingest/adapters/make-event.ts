import { NAME_RULE, isName } from '../../../contracts/ids.ts';
import { eventTypes } from '../../../contracts/live-events.ts';
import type { DriftReported, Measurement } from '../../../contracts/live-events.ts';
import { MAX_MEASUREMENTS, driftReported, explain } from '../../../contracts/schemas/live-events.ts';
import { DRIFT_SCHEMA } from '../../../contracts/schemas/drift-event.ts';
import { AdaptRefusal } from './adapter.ts';
import type { AdaptedEvent, AdapterContext } from './adapter.ts';
import { settle } from './finding.ts';
import type { Finding } from './finding.ts';
import { at, count, text, time } from './read-json.ts';

const TYPES = {
  drift: eventTypes.driftDetected,
  no_drift: eventTypes.driftCleared,
  unresolved: eventTypes.driftUnresolved,
} as const;
const TEXT_LENGTH = 256;
const SOURCE_LENGTH = 900;
// Half a character, which no URI and no UTF-8 can say.
const LONE_SURROGATE = /\p{Surrogate}/gu;
const EMAIL = /[^\s@]@[^\s@]/;
// eslint-disable-next-line no-control-regex -- control characters are exactly what this finds
const CONTROL = /[\u0000-\u001f\u007f]+/g;

/**
 * Fills in what the body left out (body, then configuration, then `x-seatrial-*` headers, then the record's key), settles the
 * verdict and derives the id, so that the same finding sent twice is one event. Throws AdaptRefusal.
 */
export function makeEvent(tool: string, finding: Finding, context: AdapterContext): AdaptedEvent {
  const { headers, config, sha256 } = context;
  const clean = (words: string): string => {
    const plain = words.replace(CONTROL, ' ').trim();
    // Names are the only free text that travels on. An address among them is somebody's.
    if (EMAIL.test(plain)) return `redacted-${sha256(plain).slice(0, 12)}`;
    return (plain === '' ? 'unnamed' : plain).slice(0, TEXT_LENGTH).replace(LONE_SURROGATE, '\ufffd');
  };
  const header = (name: string): string | undefined => text(at(headers, `x-seatrial-${name}`));

  const model = nameOf(
    'model',
    [finding.model, context.model, header('model'), context.key],
    config['models'],
  );
  const version = nameOf(
    'version',
    [finding.version, context.version, header('version')],
    config['versions'],
  );
  const monitorId = clean(finding.monitorId ?? context.monitorId ?? header('monitor') ?? tool);
  const end = finding.end ?? time(header('window-end')) ?? time(context.receivedAt) ?? epoch;
  const start = finding.start ?? time(header('window-start')) ?? end;
  const disordered = start > end;
  const measurements = mostTelling(finding.measurements).map((one) => ({
    ...one,
    name: one.name === null ? null : clean(one.name),
    metric: clean(one.metric),
  }));
  const verdict = disordered ? 'unresolved' : settle(finding);
  const data: DriftReported = {
    model: {
      name: model,
      version,
      environment: clean(finding.environment ?? context.environment ?? header('environment') ?? 'production'),
    },
    monitor: { tool, toolVersion: clean(finding.toolVersion ?? 'unknown'), id: monitorId },
    kind: finding.kind,
    verdict,
    severity: verdict === 'drift' ? (finding.severity ?? 'warning') : null,
    window: { start: disordered ? end : start, end, rows: finding.rows ?? count(header('rows')) ?? 0 },
    reference: {
      id: clean(finding.reference ?? text(config['reference']) ?? header('reference') ?? 'unknown'),
    },
    measurements,
  };
  const parsed = driftReported.safeParse(data);
  if (!parsed.success) throw new AdaptRefusal('bad-data', explain(parsed.error));
  const source = `/monitors/${tool}/${encodeURIComponent(monitorId)
    .slice(0, SOURCE_LENGTH)
    .replace(/%[0-9A-F]?$/, '')}`;
  const names = measurements.map(({ scope, name, metric }) => [scope, name, metric]).sort();
  const identity = finding.identity ?? names;
  return {
    id: sha256(JSON.stringify([source, model, version, end, verdict, identity])),
    source,
    type: TYPES[verdict],
    time: end,
    subject: `models/${model}/versions/${version}`,
    partitionkey: model,
    dataschema: DRIFT_SCHEMA,
    data: parsed.data,
  };
}

const epoch = new Date(0).toISOString();

/** The first of the candidates that is a name, or that the operator's table turns into one. */
function nameOf(
  what: 'model' | 'version',
  candidates: readonly (string | undefined)[],
  table: unknown,
): string {
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const mapped = at(table, candidate) ?? candidate;
    if (isName(mapped)) return mapped;
  }
  const refused = candidates.find((candidate) => candidate !== undefined);
  const code = what === 'model' ? 'no-model' : 'no-version';
  if (refused === undefined)
    throw new AdaptRefusal(code, `the body names no ${what}; give it as ?${what}= or in x-seatrial-${what}`);
  throw new AdaptRefusal(
    code,
    `the ${what} in the body is no name here (${NAME_RULE}); map it in the configuration's \`${what}s\``,
  );
}

/** At most 200, what is about the whole and what drifted before the rest. */
function mostTelling(measurements: readonly Measurement[]): readonly Measurement[] {
  const rank = ({ scope, drifted }: Measurement): number => (scope === 'dataset' ? 0 : drifted ? 1 : 2);
  return [...measurements].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_MEASUREMENTS);
}
