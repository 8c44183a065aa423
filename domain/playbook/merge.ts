import type { JsonObject, JsonValue } from '../../contracts/json.ts';

type Path = readonly (string | number)[];

/** A merged document, and where each entry of its merged lists was written. */
export interface Merged {
  readonly value: JsonObject;
  /** The path in the upper document; null below an entry that only the lower one has. */
  readonly inUpper: (path: Path) => Path | null;
}

/**
 * A playbook's `spec` under that of a release file, or of a playbook that builds on it. Both as written: defaults come later.
 *
 * - Fields are merged, `null` takes a field out, and a value replaces a value.
 * - Steps are merged by name, checks by name, guards by metric, the check list by item. Other lists are replaced.
 * - What the lower list has keeps its order. A new entry goes behind the one that is written before it, or to the front.
 */
export function mergeSpecs(lower: JsonObject, upper: JsonObject): Merged {
  const places: Places = new Map();
  const value = merge(lower, upper, [], places) as JsonObject;
  const said = (path: Path): boolean =>
    path[0] === undefined || upper[path[0]] !== undefined || lower[path[0]] === undefined;
  return { value, inUpper: (path) => (said(path) ? pathInUpper(path, places) : null) };
}

/** By path of a merged list: index in the upper list of each of its entries. */
type Places = Map<string, readonly (number | null)[]>;

function merge(lower: JsonValue | undefined, upper: JsonValue, path: Path, places: Places): JsonValue {
  if (isRecord(upper)) {
    const below = isRecord(lower) ? lower : {};
    const entries = [...new Set([...Object.keys(below), ...Object.keys(upper)])].flatMap((key) => {
      if (upper[key] === null) return [];
      const said = upper[key] ?? below[key];
      if (said === undefined || said === null) return [];
      return [[key, upper[key] === undefined ? said : merge(below[key], said, [...path, key], places)]];
    });
    return Object.fromEntries(entries) as JsonObject;
  }
  const nameOf = namesAt(path);
  return Array.isArray(upper) && Array.isArray(lower) && nameOf
    ? mergeLists(lower, upper, nameOf, path, places)
    : upper;
}

interface Entry {
  readonly name: string | undefined;
  readonly below?: JsonValue;
  readonly above?: JsonValue;
  /** Index in the upper list. */
  readonly place: number | null;
}

function mergeLists(
  lower: readonly JsonValue[],
  upper: readonly JsonValue[],
  nameOf: NameOf,
  path: Path,
  places: Places,
): JsonValue {
  const entries: Entry[] = lower.map((below) => ({ name: nameOf(below), below, place: null }));
  let behind = -1;
  upper.forEach((above, place) => {
    const name = nameOf(above);
    // A name that is written twice stays twice, so that lint can say so.
    const same = entries.findIndex((one) => name !== undefined && one.name === name && one.place === null);
    behind = same === -1 ? behind + 1 : same;
    const entry = { ...(same === -1 ? { name } : entries[same]!), above, place };
    entries.splice(behind, same === -1 ? 0 : 1, entry);
  });
  places.set(
    keyOf(path),
    entries.map(({ place }) => place),
  );
  return entries.map(({ below, above }, index) =>
    above === undefined ? below! : merge(below, above, [...path, index], places),
  );
}

type NameOf = (entry: JsonValue) => string | undefined;

/** How the entries of a list are told apart; undefined for a list that is replaced as a whole. */
function namesAt(path: Path): NameOf | undefined {
  const shape = path.map((step) => (typeof step === 'number' ? '*' : step)).join('.');
  const text = (value: JsonValue | undefined): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const by =
    (...fields: readonly string[]): NameOf =>
    (entry) =>
      isRecord(entry)
        ? fields.map((field) => text(entry[field])).find((name) => name !== undefined)
        : undefined;
  if (shape === 'steps') return stepNameOf;
  if (shape === 'steps.*.checks') return by('name', 'metric');
  if (shape === 'steps.*.canary.guards') return by('metric');
  if (shape === 'steps.*.parameters.checklist') return by('item');
  if (shape === 'criteria') return by('of');
  return undefined;
}

/** `gate NAME`, or the stage's step by its name. Stages and gates have names of their own. */
export function stepNameOf(step: JsonValue): string | undefined {
  if (!isRecord(step)) return undefined;
  const { gate, name, stage } = step;
  if (typeof gate === 'string') return `gate ${gate}`;
  return typeof name === 'string' ? name : typeof stage === 'string' ? stage : undefined;
}

function pathInUpper(path: Path, places: Places): Path | null {
  const found: (string | number)[] = [];
  for (const [depth, step] of path.entries()) {
    const list = typeof step === 'number' ? places.get(keyOf(path.slice(0, depth))) : undefined;
    const place = list === undefined ? step : list[step as number];
    if (place === null || place === undefined) return null;
    found.push(place);
  }
  return found;
}

const keyOf = (path: Path): string => JSON.stringify(path);

export function isRecord(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
