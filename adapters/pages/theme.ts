import { ink } from '../../domain/pages/style.ts';

const font = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';
const text = { font, fontSize: 13 };

/** Vega-Lite's configuration for every chart: the colours of the page, light and dark, and text that a phone still shows large enough. */
export const chartTheme = {
  font,
  background: 'transparent',
  // The image has one name; names for each mark would be read out one by one.
  aria: false,
  padding: 4,
  view: { stroke: 'transparent' },
  axis: {
    labelColor: ink('faint'),
    titleColor: ink('faint'),
    domainColor: ink('faint'),
    tickColor: ink('faint'),
    gridColor: ink('grid'),
    labelFont: font,
    titleFont: font,
    labelFontSize: 13,
    titleFontSize: 13,
    titleFontWeight: 400,
    labelLimit: 220,
    labelPadding: 5,
  },
  header: {
    labelColor: ink('ink'),
    titleColor: ink('faint'),
    labelFont: font,
    labelFontSize: 13,
    labelFontWeight: 600,
    labelAnchor: 'start',
    labelPadding: 4,
  },
  legend: {
    labelColor: ink('ink'),
    titleColor: ink('faint'),
    labelFont: font,
    titleFont: font,
    labelFontSize: 13,
    titleFontSize: 13,
    titleFontWeight: 400,
    orient: 'top',
    labelLimit: 260,
    symbolStrokeWidth: 2,
  },
  text: { ...text, color: ink('ink') },
  line: { color: ink('first'), strokeWidth: 2 },
  point: { color: ink('first'), filled: true, size: 50, opacity: 1 },
  bar: { color: ink('first') },
  rule: { color: ink('first'), strokeWidth: 2 },
  area: { color: ink('first'), opacity: 0.2 },
  tick: { color: ink('first') },
  range: {
    category: [ink('first'), ink('second'), ink('third'), ink('error'), ink('inconclusive'), ink('fail')],
  },
} as const;
