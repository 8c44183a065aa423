// Proves that a real stage on a real model ends with its page: verdict, charts of what was measured, and the digests that it rests on;
// and that Chromium shows it on a laptop and on a phone, light and dark, with nothing wider than the screen and nothing asked of a network.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stageActivities } from '../../activities/stages/index.ts';
import type { Report } from '../../contracts/report.ts';
import { openBrowser } from '../ui/approver.ts';
import { makeWorld, planOf, required, runStage, trainExample, type World } from './support.ts';

let world: World;
let report: Report;
let html: string;
let folder: string;
let files: Awaited<ReturnType<typeof trainExample>>;

const textOf = async (ending: string): Promise<string> => {
  const ref = report.evidence.find(({ name }) => name === `sandbox-page.${ending}`);
  if (ref === undefined) throw new Error(`no page: ${JSON.stringify(report.checks.at(-1))}`);
  return (await world.evidence.get(ref)).toString('utf8');
};

beforeAll(async () => {
  world = await makeWorld();
  folder = await mkdtemp(join(tmpdir(), 'seatrial-page-'));
  files = await trainExample(world, 'model');
  const plan = planOf('sandbox', {
    files,
    parameters: { loadRequests: 100, runs: 2, slices: ['origin', 'carrier'] },
    checks: [{ name: 'auc', metric: 'auc', severity: 'warning', min: 0.99 }],
  });
  report = await runStage(world, stageActivities(world.context)['sandbox']!, plan);
  html = await textOf('html');
}, 120_000);
afterAll(async () => {
  await world.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('the page of the sandbox', () => {
  it('says what the report says, and names what it rests on', async () => {
    const markdown = await textOf('md');
    expect(markdown).toContain(`Verdict: **${report.verdict}**`);
    for (const { name } of report.checks) expect(markdown).toContain(`| ${name} |`);
    for (const name of Object.keys(report.metrics)) expect(markdown).toContain(`| ${name} |`);
    const { sha256 } = report.evidence.find(({ name }) => name === 'sandbox-report.json')!;
    for (const digest of [sha256, required(files, 'model').sha256, required(files, 'validation').sha256]) {
      expect(markdown).toContain(digest);
      expect(html).toContain(digest);
    }
  });

  it('draws the reliability of the chances, the slices and the latency', () => {
    expect(html.match(/<svg/g)?.length).toBe(3);
    for (const title of ['Reliability of the chances', 'Log-loss by slice', 'Latency of 100 requests'])
      expect(html).toContain(`<figcaption>${title}`);
    expect(html).not.toMatch(/could not be drawn|NaN|<script/);
  });

  it('fits on a laptop and on a phone, light and dark', async () => {
    const file = join(folder, 'page.html');
    await writeFile(file, html);
    const browser = await openBrowser();
    try {
      for (const [width, colorScheme] of [
        [1440, 'light'],
        [390, 'dark'],
      ] as const) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
        const page = await context.newPage();
        const troubles: string[] = [];
        page.on('console', (message) => troubles.push(message.text()));
        page.on('request', (request) => {
          if (!request.url().startsWith('file:')) troubles.push(request.url());
        });
        await page.goto(pathToFileURL(file).href);
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        expect(wide).toBeLessThanOrEqual(width);
        // Text of axes has the colour of the page and not the one that a drawing had on white.
        const [ink, axis, paper] = (await page.evaluate(`(() => {
          const color = (of, what) => getComputedStyle(document.querySelector(of))[what];
          return [color('.note', 'color'), color('svg .role-axis-label text', 'fill'), color('body', 'backgroundColor')];
        })()`)) as string[];
        expect(axis).toBe(ink);
        expect(paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 30)');
        expect(troubles).toEqual([]);
        await context.close();
      }
    } finally {
      await browser.close();
    }
  });
});
