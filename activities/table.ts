import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { failure } from './failure.ts';

/** A name as an SQL identifier, and a text as an SQL literal. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** One thread keeps the rows in their order; the limit keeps a large table from taking the worker's memory. */
const SETTINGS = { threads: '1', memory_limit: '512MB' };

/**
 * A Parquet file as a table that is read in pieces. `what` names it in messages.
 * Every method throws `DataUnreadable` when the file is not what it should be.
 */
export class Table {
  readonly #duck: DuckDBConnection;
  readonly #from: string;
  readonly #what: string;

  private constructor(duck: DuckDBConnection, path: string, what: string) {
    this.#duck = duck;
    this.#from = `read_parquet(${literal(path)}, file_row_number = true)`;
    this.#what = what;
  }

  /** Opens the file for `read` and closes it whatever happens. */
  static async open<T>(path: string, what: string, read: (table: Table) => Promise<T>): Promise<T> {
    const instance = await DuckDBInstance.create(':memory:', SETTINGS);
    try {
      const duck = await instance.connect();
      try {
        // A time without a zone is one of UTC, wherever the worker runs.
        await duck.run("SET TimeZone = 'UTC'");
        return await read(new Table(duck, path, what));
      } finally {
        duck.closeSync();
      }
    } finally {
      instance.closeSync();
    }
  }

  /** Number of rows for which the SQL condition holds. */
  async count(where = 'true'): Promise<number> {
    const [row] = await this.#rows(`SELECT count(*)::DOUBLE FROM ${this.#from} WHERE ${where}`);
    return Number(row?.[0]);
  }

  /** Number of different rows, as far as these columns go. */
  async distinct(names: readonly string[]): Promise<number> {
    await this.requireColumns(names);
    const columns = names.map(identifier).join(', ');
    const [row] = await this.#rows(
      `SELECT count(*)::DOUBLE FROM (SELECT DISTINCT ${columns} FROM ${this.#from})`,
    );
    return Number(row?.[0]);
  }

  /** Number of rows of each combination of these columns' values, as texts; null is missing. */
  async sizes(names: readonly string[]): Promise<{ values: (string | null)[]; rows: number }[]> {
    await this.requireColumns(names);
    const columns = names.map((name) => `CAST(${identifier(name)} AS VARCHAR)`).join(', ');
    const sql = `SELECT ${columns}, count(*)::DOUBLE FROM ${this.#from} GROUP BY ALL ORDER BY ALL`;
    return (await this.#rows(sql)).map((row) => ({
      values: row.slice(0, -1) as (string | null)[],
      rows: Number(row.at(-1)),
    }));
  }

  /** As `sizes`, with the number of different values of another column in each. */
  async cells(
    names: readonly string[],
    other: string,
  ): Promise<{ values: (string | null)[]; rows: number; different: number }[]> {
    await this.requireColumns([...names, other]);
    const columns = names.map((name) => `CAST(${identifier(name)} AS VARCHAR)`).join(', ');
    const different = `count(DISTINCT coalesce(CAST(${identifier(other)} AS VARCHAR), ''))::DOUBLE`;
    const sql = `SELECT ${columns}, count(*)::DOUBLE, ${different} FROM ${this.#from} GROUP BY ALL ORDER BY ALL`;
    return (await this.#rows(sql)).map((row) => ({
      values: row.slice(0, -2) as (string | null)[],
      rows: Number(row.at(-2)),
      different: Number(row.at(-1)),
    }));
  }

  /** Throws `DataUnreadable` naming the columns that the table lacks. */
  async requireColumns(names: readonly string[]): Promise<void> {
    const described = await this.#rows(`DESCRIBE SELECT * FROM ${this.#from}`);
    const present = new Set(described.map(([name]) => name));
    const missing = names.filter((name) => !present.has(name));
    if (missing.length === 0) return;
    throw failure('DataUnreadable', `${this.#what} lacks the column(s) ${missing.join(', ')}`);
  }

  /**
   * Rows of these SQL expressions in the file's order, about 2,000 at a time. With `most`, at most so many of them, spread
   * evenly: only those come out of the file at all.
   */
  async *read(select: readonly string[], where = 'true', most?: number): AsyncGenerator<unknown[][]> {
    const total = most === undefined ? 0 : await this.count(where);
    const spread =
      most === undefined || total <= most
        ? ''
        : ` QUALIFY (row_number() OVER () * ${most}) // ${total} > ((row_number() OVER () - 1) * ${most}) // ${total}`;
    const sql = `SELECT ${select.join(', ')} FROM ${this.#from} WHERE ${where}${spread}`;
    const result = await this.#reading(() => this.#duck.stream(sql));
    const chunks = result.yieldRowsJs();
    for (;;) {
      const chunk = await this.#reading(() => chunks.next());
      if (chunk.done === true) return;
      yield chunk.value;
    }
  }

  async #rows(sql: string): Promise<unknown[][]> {
    return this.#reading(async () => (await this.#duck.runAndReadAll(sql)).getRowsJS());
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
      throw failure('DataUnreadable', `${this.#what} cannot be read as Parquet: ${line ?? ''}`, error);
    }
  }
}
