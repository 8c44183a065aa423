/** One value a row for each input: text for BYTES, numbers for FP32 (NaN when missing). */
export type Column = string[] | Float32Array;
export type Columns = Readonly<Record<string, Column>>;

export interface Rows {
  readonly rows: number;
  readonly columns: Columns;
}

/** Several requests' rows one after the other. All have the same inputs. */
export function concatenate(parts: readonly Rows[]): Rows {
  const first = parts[0];
  if (first === undefined) throw new RangeError('Nothing to concatenate.');
  if (parts.length === 1) return first;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const columns: Record<string, Column> = {};
  for (const name of Object.keys(first.columns)) {
    columns[name] = Array.isArray(first.columns[name])
      ? parts.flatMap((part) => part.columns[name] as string[])
      : joinNumbers(
          parts.map((part) => part.columns[name] as Float32Array),
          rows,
        );
  }
  return { rows, columns };
}

function joinNumbers(parts: readonly Float32Array[], length: number): Float32Array {
  const joined = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
