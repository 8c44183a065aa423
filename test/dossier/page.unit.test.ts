// Proves that a dossier's page leaves nothing of the dossier out: as HTML and as Markdown every decision with its words, every digest, every
// number of the blueprint and every gap are there, and what people wrote stays text.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderPage } from '../../adapters/pages/index.ts';
import { readPack } from '../../adapters/regulations/index.ts';
import { dossierOf, dossierPage, type Dossier } from '../../domain/dossier/index.ts';
import type { Books } from '../../domain/lineage/index.ts';
import { asNumber } from '../../domain/plan/index.ts';
import { booksOf, opened, RELEASE, sandbox, says, start } from './endings.ts';

const recorded = new Map(
  Object.entries(JSON.parse(await readFile(join(import.meta.dirname, 'recorded.json'), 'utf8')) as object),
) as Books;
const SECOND = 'release/flight-delays/r-2013-06-20-299dd9';
const CARD = '# A card\n\n| a | b |\n|---|---|\n```yaml\nlicense: mit\n```\n<b>bold</b>\n';

async function made(books: Books, release: string): Promise<Dossier> {
  const card = (books.get(release) ?? []).flatMap(({ data }) => {
    const report = data['report'] as unknown as { evidence?: { name: string; sha256: string }[] } | undefined;
    return report?.evidence?.filter(({ name }) => name === 'model-card.md') ?? [];
  })[0];
  const dossier = dossierOf(books, release, {
    packs: [await readPack('eu-ai-act')],
    training: null,
    texts: new Map(card ? [[card.sha256, CARD]] : []),
    missing: [],
  });
  if (!dossier) throw new Error(`no dossier of ${release}`);
  return dossier;
}

test('a real release: its decisions, digests, numbers and gaps are all on the page', async () => {
  const dossier = await made(recorded, SECOND);
  const { html, markdown } = await renderPage(dossierPage(dossier));
  expect(html).not.toContain('could not be drawn');
  expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
  const text = html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  const digests = [dossier.plan, dossier.artifact, ...dossier.files].map(({ sha256 }) => sha256);
  for (const word of [
    ...digests,
    `${dossier.ledger.head.seq}:${dossier.ledger.head.hash}`,
    'v1.2013-06-20T00-00Z.168h.ff293d12',
    'Annex IV 9',
  ])
    for (const said of [text, markdown]) expect(said).toContain(word);
  for (const { who, what } of dossier.story.filter(({ kind }) => kind === 'decision')) {
    expect(text).toContain(what);
    expect(text).toContain(`${who[0]?.name} (${who[0]?.role})`);
  }
  for (const group of dossier.blueprint.groups) {
    for (const { metric, cells } of group.rows) {
      const line = markdown.split('\n').find((one) => one.startsWith(`| ${metric}`));
      for (const cell of cells) if (cell) expect(line).toContain(asNumber(cell.value));
    }
  }
  expect(text.match(/GAP/g)).toHaveLength(4);
  for (const { step } of dossier.trials) expect(text).toContain(`Checks of ${step}`);
});

test('another document is shown letter by letter, and cannot leave its place', async () => {
  const { html, markdown } = await renderPage(dossierPage(await made(recorded, SECOND)));
  expect(html).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect(html).not.toContain('<b>bold</b>');
  expect(markdown).toContain(`\n\`\`\`\`text\n${CARD.trimEnd()}\n\`\`\`\`\n`);
});

test('a rejected release: who, why, and what was never tried; what a person wrote runs nowhere', async () => {
  const words = '<img src=x onerror=alert(1)> the slices are weak';
  const books = booksOf([
    start(),
    sandbox(),
    opened(1, 'validation'),
    says('reject', 'validation', 'olga', words),
  ]);
  const { html, markdown } = await renderPage(dossierPage(await made(books, RELEASE)));
  expect(html).toContain('Dossier of a release, rejected');
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; the slices are weak');
  expect(html).not.toMatch(/<img|<script/);
  expect(markdown).not.toMatch(/<img/);
  for (const said of [html, markdown]) {
    expect(said).toContain('olga (owner, name as claimed)');
    expect(said).toContain('What canary would have found: the release never came there.');
    expect(said).toContain('It never served everybody.');
  }
});
