import type { Verdict } from '../../contracts/report.ts';
import type { Cell, Chart, Drawing, Page, Section, Table } from './page.ts';
import { pageStyle } from './style.ts';

/**
 * The page as one HTML file: no script, nothing from outside, light and dark. `drawings` are those of `chartsOf(page)`, in its order.
 */
export function pageHtml(page: Page, drawings: readonly Drawing[]): string {
  const { title, subtitle, verdict, lead, sections } = page;
  const writer = new Writer(drawings);
  const body = sections.map((section) => writer.section(section, 2)).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(subtitle === undefined ? title : `${title}: ${subtitle}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<header>
${subtitle === undefined ? '' : `<p class="subtitle">${escapeHtml(subtitle)}</p>`}
<h1>${escapeHtml(title)}${verdict === undefined ? '' : ` ${badge(verdict)}`}</h1>
${lead.map((one) => `<p class="lead">${escapeHtml(one)}</p>`).join('\n')}
</header>
${writer.contents(sections)}
${body}
</main>
</body>
</html>
`;
}

/** Writes sections in order, so that each chart gets its drawing and each heading an id of its own. */
class Writer {
  readonly #drawings: readonly Drawing[];
  readonly #ids = new Map<Section, string>();
  #next = 0;

  constructor(drawings: readonly Drawing[]) {
    this.#drawings = drawings;
  }

  contents(sections: readonly Section[]): string {
    if (sections.length < 4) return '';
    const items = sections.map(
      (section) => `<li><a href="#${this.#id(section)}">${escapeHtml(section.heading)}</a></li>`,
    );
    return `<nav aria-label="On this page"><ul>${items.join('')}</ul></nav>`;
  }

  section(section: Section, level: number): string {
    const { heading, paragraphs = [], charts = [], tables = [], sections = [], verbatim, folded } = section;
    const id = this.#id(section);
    const h = `h${Math.min(level, 6)}`;
    const title = `<${h} id="${id}">${escapeHtml(heading)}</${h}>`;
    return [
      `<section aria-labelledby="${id}">`,
      folded ? `<details class="folded"><summary>${title}</summary>` : title,
      ...paragraphs.map((one) => `<p>${escapeHtml(one)}</p>`),
      ...(charts.length > 0
        ? [`<div class="charts">`, ...charts.map((chart) => this.#chart(chart)), '</div>']
        : []),
      ...tables.map(tableHtml),
      ...(verbatim === undefined ? [] : [`<pre tabindex="0">${escapeHtml(verbatim)}</pre>`]),
      ...sections.map((below) => this.section(below, level + 1)),
      ...(folded ? ['</details>'] : []),
      '</section>',
    ].join('\n');
  }

  #chart({ title, description, data }: Chart): string {
    const drawing = this.#drawings[this.#next] ?? { problem: 'nobody drew it' };
    this.#next += 1;
    const drawn =
      'svg' in drawing
        ? drawing.svg
        : `<p class="problem">This chart could not be drawn: ${escapeHtml(drawing.problem)}</p>`;
    return [
      `<figure><figcaption>${escapeHtml(title)}</figcaption>`,
      `<div class="drawing">${drawn}</div>`,
      `<p class="note">${escapeHtml(description)}</p>`,
      `<details><summary>The numbers</summary>${tableHtml(data)}</details>`,
      '</figure>',
    ].join('\n');
  }

  #id(section: Section): string {
    const known = this.#ids.get(section);
    if (known !== undefined) return known;
    const slug = section.heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '');
    // Not a prefix of a chart's ids, and once on the page.
    const id = `s${this.#ids.size + 1}-${slug}`;
    this.#ids.set(section, id);
    return id;
  }
}

/** A table with more rows is folded, or a phone would scroll past it for ever. */
const MOST_OPEN = 24;

const SHORT = 16;

/** More columns than these are set smaller. */
const WIDE = 8;

/** On a phone a row becomes a block, which would hide from a reader that this is a table; the roles say it. */
function tableHtml({ caption, columns, rows, groups = [], open = false }: Table): string {
  if (rows.length === 0) return `<p>${escapeHtml(caption)}: nothing.</p>`;
  const numeric = columns.map((_, i) => i > 0 && rows.every((row) => isNumber(row[i])));
  const style = (i: number): string => (numeric[i] ? ' class="number"' : '');
  const head = columns.map(
    (name, i) => `<th role="columnheader" scope="col"${style(i)}>${escapeHtml(name)}</th>`,
  );
  const titled = new Map(groups.map(({ before, title }) => [before, title]));
  const groupRow = (index: number): string => {
    const title = titled.get(index);
    if (title === undefined) return '';
    const cell = `<th role="rowheader" scope="rowgroup" colspan="${columns.length}">${escapeHtml(title)}</th>`;
    return `<tr role="row" class="group">${cell}</tr>`;
  };
  const body = rows.map((row, index) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? `<th role="rowheader" scope="row">${cellHtml(cell)}</th>`
        : `<td role="cell" data-label="${escapeHtml(columns[i] ?? '')}"${style(i)}>${cellHtml(cell)}</td>`,
    );
    return `${groupRow(index)}<tr role="row">${cells.join('')}</tr>`;
  });
  const table = [
    `<div class="table"><table role="table"${columns.length > WIDE ? ' class="wide"' : ''}><caption>${escapeHtml(caption)}</caption>`,
    `<thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead>`,
    `<tbody role="rowgroup">${body.join('\n')}</tbody></table></div>`,
  ].join('\n');
  return open || rows.length <= MOST_OPEN
    ? table
    : `<details><summary>${escapeHtml(caption)} (${rows.length})</summary>${table}</details>`;
}

const isNumber = (cell: Cell | undefined): boolean =>
  typeof cell === 'string' && /^$|^[−-]?[\d,.]+(e[+-]?\d+)?( ?(ms|s|%|MiB|1\/s))?$/.test(cell);

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') return escapeHtml(cell);
  if ('verdict' in cell) return badge(cell.verdict);
  // A short digest stays on its line; a whole one may break anywhere.
  if ('code' in cell)
    return `<code${cell.code.length <= SHORT ? ' class="short"' : ''}>${escapeHtml(cell.code)}</code>`;
  const text = escapeHtml(cell.text);
  if ('note' in cell) return cell.note === '' ? text : `${text} <small>${escapeHtml(cell.note)}</small>`;
  return isSafe(cell.href) ? `<a href="${escapeHtml(cell.href)}">${text}</a>` : text;
}

/** A fragment, the web, or a file beside or below the page; never a scheme that runs something. */
const isSafe = (href: string): boolean => /^(#|https?:\/\/|[\w-][\w./-]*$)/.test(href);

const signs: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', inconclusive: '?', error: '!' };

/** Never by colour alone. */
const badge = (verdict: Verdict): string =>
  `<span class="verdict ${verdict}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
