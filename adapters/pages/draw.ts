import type { TopLevelSpec } from 'vega-lite';
import type { JsonObject } from '../../contracts/json.ts';
import type { Drawing } from '../../domain/pages/index.ts';
import { chartTheme } from './theme.ts';

export interface ToDraw {
  readonly title: string;
  readonly description: string;
  readonly spec: JsonObject;
}

/**
 * Draws Vega-Lite specifications as SVG, without a browser and without a canvas. Meant for a thread of its own: the libraries take some
 * 40 MiB and a quarter of a second to load, and they go with the thread.
 */
export async function drawAll(charts: readonly ToDraw[]): Promise<Drawing[]> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  measureText(vega);
  const drawings: Drawing[] = [];
  for (const [index, { title, description, spec }] of charts.entries()) {
    const troubles: string[] = [];
    const logger = collecting(troubles);
    try {
      const sized = { ...sizeOf(spec), ...spec } as unknown as TopLevelSpec;
      const { spec: compiled } = lite.compile(sized, { config: chartTheme as object, logger });
      const view = new vega.View(vega.parse(compiled), {
        renderer: 'none',
        loader: refusing(troubles),
        logger,
      });
      const svg = await view.toSVG();
      view.finalize();
      const [trouble] = troubles;
      drawings.push(
        trouble === undefined ? { svg: named(svg, index + 1, title, description) } : { problem: trouble },
      );
    } catch (error) {
      drawings.push({ problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return drawings;
}

/** How much larger than it was drawn a drawing may be shown: its text grows with it. */
const LARGEST = 1.3;

/** All drawings are equally wide, names of axes included, so that their text is equally large. Panels have widths of their own. */
const sizeOf = (spec: JsonObject): JsonObject =>
  'facet' in spec ? {} : { width: 400, autosize: { type: 'fit-x', contains: 'padding' } };

/** Of the fonts named in the theme; without a canvas Vega takes 0.8, and leaves a quarter of a small chart empty. */
const EM_PER_LETTER = 0.56;

function measureText(vega: object): void {
  const { textMetrics } = vega as {
    textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number };
  };
  textMetrics.width = ({ fontSize = 11 }, text) => String(text ?? '').length * EM_PER_LETTER * fontSize;
}

/** A chart holds its data itself. */
function refusing(troubles: string[]) {
  const refuse = (what: string): Promise<never> => {
    const trouble = `a chart holds its data itself, and this one asked for ${what}`;
    troubles.push(trouble);
    return Promise.reject(new Error(trouble));
  };
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {} };
}

/** What the libraries only log would leave a chart with nothing in it. */
function collecting(troubles: string[]) {
  const logger = {
    level: () => logger,
    error: (...words: unknown[]) => {
      troubles.push(words.map(String).join(' '));
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}

/**
 * An image with a name for those who cannot see it. Vega counts the ids of clips and gradients from zero in every drawing; several of them
 * on one page need ids of their own.
 */
function named(svg: string, number: number, title: string, description: string): string {
  const size = /<svg[^>]*viewBox="([^"]+)"[^>]*>/.exec(svg);
  if (size === null) throw new Error('Vega drew no SVG');
  const inner = svg.slice(size.index + size[0].length);
  const own = inner
    .replaceAll(/ id="([^"]+)"/g, ` id="chart${number}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#chart${number}-$1)`);
  const [width, height] = (size[1] ?? '').split(/\s+/).slice(2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="${size[1]}" width="${width}" height="${height}" style="max-width:${Math.round(Number(width) * LARGEST)}px">`,
    `<title>${escape(title)}</title><desc>${escape(description)}</desc>`,
    own,
  ].join('');
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
