// A page says the same as HTML and as Markdown, runs nothing and loads nothing, and text of people stays text.
import { describe, expect, it } from 'vitest';
import { drawCharts, renderPage } from '../../adapters/pages/index.ts';
import { notFinite, pageHtml, pageMarkdown } from '../../domain/pages/index.ts';
import type { Chart, Page } from '../../domain/pages/index.ts';

const evil = `<script>alert("1")</script> & '<img src=x onerror=alert(2)>' [a](javascript:x) | *b* \`c\``;

const chart = (value: number, label = 'a'): Chart => ({
  title: label,
  description: label,
  spec: {
    data: { values: [{ label, value }] },
    mark: { type: 'bar', clip: true },
    encoding: {
      y: { field: 'label', type: 'nominal' },
      x: { field: 'value', type: 'quantitative', title: label },
    },
  },
  data: { caption: label, columns: ['label', 'value'], rows: [[label, String(value)]] },
});

const page = (text: string): Page => ({
  title: text,
  subtitle: text,
  verdict: 'inconclusive',
  lead: [text],
  sections: [
    {
      heading: text,
      paragraphs: [text],
      charts: [chart(3, text)],
      tables: [
        {
          caption: text,
          columns: [text, 'verdict', 'digest', 'link'],
          rows: [[text, { verdict: 'fail' }, { code: text }, { text, href: 'javascript:alert(3)' }]],
        },
      ],
      sections: [{ heading: text, paragraphs: [text] }],
    },
  ],
});

describe('a page', () => {
  it('keeps text of people text, in every place, drawn charts too', async () => {
    const { html, markdown } = await renderPage(page(evil));
    expect(html).not.toMatch(/<script|<img|href="javascript|could not be drawn/);
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(14);
    expect(html).toContain('<svg');
    // Outside of code spans, in which HTML is text, no tag and no link is left.
    const prose = markdown.replaceAll(/`[^`\n]*`/g, '');
    expect(prose).not.toMatch(/<script|<img|(?<!\\)\]\(/);
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    for (const row of rows) expect([3, 5]).toContain(row.match(/(?<!\\)\|/g)?.length);
  });

  it('has one title, headings in their order, and a name for every table and image', async () => {
    const { html, markdown } = await renderPage(page('plain words'));
    expect([...html.matchAll(/<h(\d)/g)].map(([, level]) => level)).toEqual(['1', '2', '3']);
    expect(html.match(/<table/g)?.length).toBe(html.match(/<caption>plain words/g)?.length);
    expect(html).toMatch(/<svg [^>]*role="img"[^>]*><title>plain words<\/title><desc>plain words<\/desc>/);
    expect(html).toContain('inconclusive</span>');
    expect(html).not.toMatch(/(src|href)="(?!#)|url\((?!#)|@import/);
    expect(markdown).toMatch(/^# plain words\n\nplain words\n\nVerdict: \*\*inconclusive\*\*/);
    expect(markdown).toContain('| label | value |\n| --- | --- |\n| plain words | 3 |');
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lets links go to places of the page, files beside it and the web', () => {
    const hrefs = [
      '#checks',
      'dossier/sandbox.html',
      'https://example.org/a?b=1',
      'data:text/html,x',
      '//evil.org',
      'JavaScript:x',
    ];
    const rows = hrefs.map((href) => [{ text: 'there', href }]);
    const html = pageHtml(
      {
        title: 't',
        lead: [],
        sections: [{ heading: 'h', tables: [{ caption: 'c', columns: ['l'], rows }] }],
      },
      [],
    );
    expect([...html.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href)).toEqual(hrefs.slice(0, 3));
  });
});

describe('charts', () => {
  it('are refused with a number that is none, which the page says, and the others are drawn', async () => {
    const drawings = await drawCharts([chart(NaN), chart(2), chart(Infinity)]);
    expect(drawings.map((one) => 'svg' in one)).toEqual([false, true, false]);
    expect(drawings[0]).toEqual({ problem: 'data.values.0.value is not a finite number' });
    const html = pageHtml(
      { title: 't', lead: [], sections: [{ heading: 'h', charts: [chart(NaN)] }] },
      drawings,
    );
    expect(html).toContain('This chart could not be drawn: data.values.0.value is not a finite number');
    expect(notFinite({ a: [1, null, { b: -Infinity }] })).toBe('a.2.b');
    expect(notFinite({ a: [1, null, 'NaN', true] })).toBeUndefined();
  });

  it('load nothing from outside, and say why they could not be drawn', async () => {
    const outside = {
      ...chart(1),
      spec: { ...chart(1).spec, data: { url: 'https://example.org/data.json' } },
    };
    const broken = { ...chart(1), spec: { data: { values: [] }, mark: 'no such mark' } };
    const drawings = await drawCharts([outside, broken]);
    expect(drawings[0]).toEqual({ problem: expect.stringContaining('a chart holds its data itself') });
    expect(drawings[1]).toEqual({ problem: expect.stringMatching(/./) });
  });

  it('have ids of their own, so that two of them on one page do not clip each other', async () => {
    const drawings = await drawCharts([chart(1), chart(2)]);
    const ids = drawings.map((one) =>
      'svg' in one ? [...one.svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id) : [],
    );
    expect(ids.map(({ length }) => length > 0)).toEqual([true, true]);
    expect(ids[0]!.filter((id) => ids[1]!.includes(id))).toEqual([]);
    for (const [i, one] of drawings.entries())
      for (const [, used] of ('svg' in one ? one.svg : '').matchAll(/url\(#([^)]+)\)/g))
        expect(ids[i]).toContain(used);
  });

  it('end at once when their activity is cancelled', async () => {
    await expect(drawCharts([chart(1)], AbortSignal.abort(new Error('cancelled')))).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('Markdown', () => {
  it('is a heading, lists and tables by nobody but us', () => {
    const text = '# no heading\n- no item _no emphasis_ but snake_case';
    const markdown = pageMarkdown({ title: 't', lead: [text], sections: [] });
    expect(markdown).toContain('\\# no heading - no item \\_no emphasis\\_ but snake_case');
  });
});
