import type { Cell, Chart, Page, Section, Table } from './page.ts';

/** The page as GitHub-flavoured Markdown. A chart is its description and its data. */
export function pageMarkdown({ title, subtitle, verdict, lead, sections }: Page): string {
  const head = [
    `# ${text(title)}`,
    ...(subtitle === undefined ? [] : [text(subtitle)]),
    ...(verdict === undefined ? [] : [`Verdict: **${verdict}**`]),
    ...lead.map(text),
  ];
  return `${[...head, ...sections.flatMap((section) => sectionLines(section, 2))].join('\n\n')}\n`;
}

function sectionLines(
  { heading, paragraphs = [], charts = [], tables = [], sections = [], verbatim }: Section,
  level: number,
): string[] {
  return [
    `${'#'.repeat(Math.min(level, 6))} ${text(heading)}`,
    ...paragraphs.map(text),
    ...charts.flatMap((chart) => chartLines(chart)),
    ...tables.flatMap((table) => tableLines(table)),
    ...(verbatim === undefined ? [] : [fenced(verbatim)]),
    ...sections.flatMap((section) => sectionLines(section, level + 1)),
  ];
}

const chartLines = ({ title, description, data }: Chart): string[] => [
  `**${text(title)}.** ${text(description)}`,
  ...tableLines(data),
];

/** Between fences that are longer than any in the text. */
function fenced(verbatim: string): string {
  const longest = Math.max(2, ...[...verbatim.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${verbatim.trimEnd()}\n${fence}`;
}

function tableLines({ caption, columns, rows, groups = [] }: Table): string[] {
  if (rows.length === 0) return [`${text(caption)}: nothing.`];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [
    line(columns.map(text)),
    line(columns.map(() => '---')),
    ...rows.flatMap((row, index) => [
      ...groups
        .filter(({ before }) => before === index)
        .map(({ title }) => line(columns.map((_, i) => (i === 0 ? `**${text(title)}**` : '')))),
      line(row.map(cellText)),
    ]),
  ];
  return [text(caption), lines.join('\n')];
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return text(cell);
  if ('verdict' in cell) return cell.verdict;
  // Inside of a code span nothing is escaped, so what would end the span or the cell goes.
  if ('code' in cell) return `\`${cell.code.replaceAll(/[`|\s]+/g, ' ')}\``;
  const note = 'note' in cell && cell.note !== '' ? ` (${text(cell.note)})` : '';
  return `${text(cell.text)}${note}`;
}

/** Text that no reader of Markdown takes for anything else, on one line. */
function text(plain: string): string {
  return plain
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*[\]|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/^([-+#]|\d+[.)])(?= )/, '\\$1');
}
