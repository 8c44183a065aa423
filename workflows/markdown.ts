/** Markdown as the Temporal Web UI shows it: a narrow column, tables without lines or padding. */

/** Longest text of others on the page; the whole of it is in the ledger. */
const LONGEST = 400;
const ROOM = '\u2003';

/**
 * Text that came from outside (a person, a report), as one line that cannot change the page: an approver's name must not
 * be able to write a heading or another JSON to paste.
 */
export function plain(text: string): string {
  const line = readableTimes(text.replace(/\s+/g, ' ').trim());
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return short.replace(/[\\`*_[\]<>#|~!]/g, '\\$&').replaceAll('://', ':\u200b//');
}

/** `2026-11-24T18:33:38.479Z` as `2026-11-24 18:33 UTC`. */
export function readableTimes(text: string): string {
  return text.replace(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z/g, '$1\u00a0$2\u00a0UTC');
}

/** Cells are markdown already. The page gives columns no room between them, so each cell ends in some. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => `${cell}${ROOM}`).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => ':---').join('|')}|`, ...rows.map(line)].join('\n');
}

export function json(value: object): string {
  return '```json\n' + JSON.stringify(value, null, 2) + '\n```';
}

/** Blocks with an empty line between them; empty ones are left out. */
export function blocks(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
