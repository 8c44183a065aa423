import { styleText } from 'node:util';
import { codeOf, exitCodes, exitOfError } from './exit-codes.ts';

type Style = Parameters<typeof styleText>[0];

/** Colour on a terminal that wants it, plain text in a pipe or file. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return isRich(stream) ? styleText(style, text) : text;
}

/** A person looks at this stream, so it may move the cursor and use colour. https://no-color.org */
export function isRich(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

export interface OutputOptions {
  readonly output: 'text' | 'json';
}

/** The same answer for programs or for people. */
export function show(options: OutputOptions, value: unknown, text: () => string): void {
  const shown = options.output === 'json' ? JSON.stringify(value, null, 2) : text();
  if (shown !== '') process.stdout.write(`${shown}\n`);
}

/** One clear block on standard error; sets the exit code. Only what should not happen has a stack. */
export function fail(error: unknown, json: boolean): void {
  const exit = exitOfError(error);
  process.exitCode = exitCodes[exit].code;
  const message = error instanceof Error ? error.message || error.name : String(error);
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: { code: codeOf(error), message } })}\n`);
    return;
  }
  const unexpected = exit === 'unexpected' && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  process.stderr.write(`${paint('red', 'error:', process.stderr)} ${message}${unexpected}\n`);
}

/** Columns as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
