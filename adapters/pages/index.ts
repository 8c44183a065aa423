import { chartsOf, notFinite, pageHtml, pageMarkdown } from '../../domain/pages/index.ts';
import type { Chart, Drawing, Page } from '../../domain/pages/index.ts';
import { runInThread } from '../thread/index.ts';
import type { ToDraw } from './draw.ts';

const MODULE = new URL('draw.ts', import.meta.url);
/** A page's charts take a second or two. Less than the half minute without a heartbeat after which a stage counts as lost. */
const MAX_MS = 20_000;

/**
 * A page as one HTML file and as Markdown. Its charts are drawn in a thread, so the event loop goes on. A chart that cannot be drawn is left
 * out, and the page says so where it would stand. Throws when `signal` is aborted.
 */
export async function renderPage(
  page: Page,
  signal?: AbortSignal,
): Promise<{ html: string; markdown: string }> {
  const drawings = await drawCharts(chartsOf(page), signal);
  return { html: pageHtml(page, drawings), markdown: pageMarkdown(page) };
}

/** Each chart as SVG, or why it could not be drawn. */
export async function drawCharts(
  charts: readonly Chart[],
  signal?: AbortSignal,
): Promise<readonly Drawing[]> {
  const problems = charts.map(({ spec }) => notFinite(spec));
  const sound = charts.filter((_, i) => problems[i] === undefined);
  if (sound.length === 0) return problems.map((at) => ({ problem: wrong(at) }));
  const input = sound.map(({ title, description, spec }) => ({ title, description, spec }));
  const drawn = await inThread(input, signal);
  let next = 0;
  return problems.map((at) => (at === undefined ? drawn[next++]! : { problem: wrong(at) }));
}

async function inThread(input: ToDraw[], signal: AbortSignal | undefined): Promise<readonly Drawing[]> {
  const stop = AbortSignal.any([AbortSignal.timeout(MAX_MS), ...(signal ? [signal] : [])]);
  try {
    return await runInThread<ToDraw[], Drawing[]>({
      module: MODULE,
      name: 'drawAll',
      input,
      signal: stop,
      heapMiB: 256,
    });
  } catch (error) {
    signal?.throwIfAborted();
    const problem = error instanceof Error ? error.message : String(error);
    return input.map(() => ({ problem }));
  }
}

const wrong = (at: string | undefined): string => `${at ?? 'something'} is not a finite number`;
