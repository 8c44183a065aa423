/** A value that JSON cannot carry unchanged. `path` says where: `$.data.metrics[2]`. */
export class CanonicalJsonError extends Error {
  readonly code = 'NOT_JSON';
  readonly path: string;

  constructor(path: string, found: string) {
    super(
      `${path} is ${found}, which JSON cannot carry. Use a string, finite number, boolean, null, array or object.`,
    );
    this.name = 'CanonicalJsonError';
    this.path = path;
  }
}

/**
 * The one spelling of a JSON value (RFC 8785): no spaces, keys in UTF-16 order, numbers as ECMAScript prints them.
 * Equal values give equal text, so their hashes can be compared. Members that are `undefined` are left out.
 *
 * Half a surrogate pair is written as its `\ud800` escape, where the RFC asks for an error: people type into signals, and
 * no text of theirs may stop a release from being recorded. The escape loses nothing.
 *
 * Takes `unknown`, because an interface such as `Plan` is JSON without the compiler knowing. What is not JSON is found here:
 * throws `CanonicalJsonError` for what JSON would drop or change in silence: NaN, infinities, functions, dates, maps.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new CanonicalJsonError(path, String(value));
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    // Array.from also visits holes, which `map` would skip.
    return `[${Array.from(value, (item: unknown, i) => write(item, `${path}[${i}]`)).join(',')}]`;
  }
  if (typeof value === 'object' && isPlain(value)) {
    const members: string[] = [];
    for (const key of Object.keys(value).sort()) {
      const member = (value as Record<string, unknown>)[key];
      if (member !== undefined) members.push(`${JSON.stringify(key)}:${write(member, `${path}.${key}`)}`);
    }
    return `{${members.join(',')}}`;
  }
  throw new CanonicalJsonError(
    path,
    typeof value === 'object' ? `a ${value.constructor.name}` : typeof value,
  );
}

/** Objects made in another realm (a workflow's isolate, a test's) have another `Object.prototype`, so it is not compared. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
