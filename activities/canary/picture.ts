import type { MetricHistory, MetricVerdict, Verdict as Judgement } from '../../domain/judge/index.ts';
import { path, pieces, type Corner } from './picture-line.ts';
import { escape, short, ticks, timeUnit, wrap } from './picture-text.ts';

export interface CanaryPicture {
  /** What was tried: `flights/v2 at 25 %`. */
  readonly heading: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
  readonly judgement: Judgement;
  readonly history: readonly MetricHistory[];
}

/** The picture's own units, which a viewer scales: about 0.7 on a telephone (390 px), at most to `WIDEST`. */
const WIDTH = 560;
const WIDEST = 900;
const SIDE = 16;
const LINE = 20;
const LEFT = 76;
/** Right of the plot stand the limits' names. */
const RIGHT = WIDTH - 84;
const PLOT = 180;
/** From the top of a panel to its plot, and from the plot's end to the next panel. */
const [ABOVE, BELOW] = [54, 60];

const ink = {
  text: '#1b2129',
  faint: '#545e6b',
  grid: '#e4e8ed',
  band: '#d3e3f3',
  bound: '#4f81b5',
  estimate: '#123f6d',
  margin: '#7a5200',
  tolerance: '#a3202f',
};
const inkOf = { pass: '#1c6b37', fail: '#a3202f', inconclusive: '#7a5200' };

/**
 * The harm of each metric over time, as SVG: the estimate, its always-valid bounds, the margin (a promotion needs the
 * upper bound below it), the tolerance (a lower bound above it aborts) and the decision. One panel a metric. Nothing is
 * loaded from elsewhere, and nothing runs.
 */
export function canaryPicture(picture: CanaryPicture): string {
  const { heading, verdict, reason, history } = picture;
  const lines = wrap(reason, 70);
  const top = 48 + lines.length * LINE + 30;
  const height = top + history.length * (ABOVE + PLOT + BELOW);
  const title = `${escape(heading)}: <tspan fill="${inkOf[verdict]}">${verdict}</tspan>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-labelledby="what why" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="15" fill="${ink.text}" style="display: block; max-width: ${WIDEST}px; height: auto; margin: 0 auto; background: #fff">`,
    `<title id="what">${escape(`${heading}: ${verdict}`)}</title>`,
    `<desc id="why">${escape(reason)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${SIDE}" y="30" font-size="19" font-weight="600">${title}</text>`,
    ...lines.map((line, i) => label(SIDE, 56 + i * LINE, line, { fill: ink.faint })),
    legend(top - 14),
    ...history.map((metric, i) => panel(metric, i, top + i * (ABOVE + PLOT + BELOW), picture)),
    '</svg>',
    '',
  ].join('\n');
}

function legend(y: number): string {
  return [
    `<rect x="${SIDE}" y="${y - 11}" width="22" height="12" fill="${ink.band}" stroke="${ink.bound}"/>`,
    label(SIDE + 28, y, 'always-valid bounds of the harm', { size: 13 }),
    `<path d="M${SIDE + 262} ${y - 5}h22" stroke="${ink.estimate}" stroke-width="2.5"/>`,
    label(SIDE + 290, y, 'estimate (above 0 is worse)', { size: 13 }),
  ].join('\n');
}

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (harm: number) => number;
}

function panel(metric: MetricHistory, index: number, top: number, picture: CanaryPicture): string {
  const { judgement } = picture;
  const known = judgement.metrics.find(({ name }) => name === metric.name);
  const head = [
    `<text x="${SIDE}" y="${top + 22}" font-size="16" font-weight="600">${escape(metric.name)}<tspan font-size="13.5" font-weight="400">, harm ${escape(unitOf(metric))}</tspan></text>`,
    label(SIDE, top + 42, headline(metric, known), { fill: ink.faint, size: 13.5 }),
  ];
  const points = metric.points.map((point) => ({ ...point, time: Date.parse(point.at) }));
  const newest = points.at(-1);
  if (newest === undefined || judgement.at === null) {
    return [...head, label(LEFT, top + ABOVE + 40, 'no bin with rows in both arms yet', {})].join('\n');
  }
  const plot = { top: top + ABOVE, bottom: top + ABOVE + PLOT };
  const end = Date.parse(judgement.at);
  const start = end - judgement.exposure.minutes * 60_000;
  const [low, high] = range(metric);
  const scale: Scale = {
    x: (time) => LEFT + ((time - start) / Math.max(end - start, 1)) * (RIGHT - LEFT),
    y: (harm) => plot.bottom - ((harm - low) / (high - low)) * PLOT,
  };
  const along = (pick: (point: (typeof points)[number]) => number | null): Corner[][] =>
    pieces(
      points.map((point) => {
        const harm = pick(point);
        return harm === null ? null : [place(scale.x(point.time)), place(scale.y(harm))];
      }),
    );
  const line = (side: 'lower' | 'upper' | 'effect'): string =>
    along((point) => point[side])
      .map(path)
      .join('');
  const [uppers, lowers] = (['upper', 'lower'] as const).map((side) =>
    along((point) => (point.lower === null || point.upper === null ? null : point[side])),
  ) as [Corner[][], Corner[][]];
  const bands = uppers.map((piece, i) => `${path([...piece, ...lowers[i]!.toReversed()])}Z`).join('');
  return [
    ...head,
    ...axes(metric, scale, { start, end, low, high }, plot),
    `<clipPath id="plot${index}"><rect x="${LEFT}" y="${plot.top}" width="${RIGHT - LEFT}" height="${PLOT}"/></clipPath>`,
    `<g clip-path="url(#plot${index})" fill="none" stroke-linejoin="round">`,
    bands === '' ? '' : `<path class="band" d="${bands}" fill="${ink.band}" fill-opacity="0.7"/>`,
    `<path class="upper" d="${line('upper')}" stroke="${ink.bound}" stroke-width="1.5"/>`,
    `<path class="lower" d="${line('lower')}" stroke="${ink.bound}" stroke-width="1.5"/>`,
    `<path class="estimate" d="${line('effect')}" stroke="${ink.estimate}" stroke-width="2.5"/>`,
    `<circle cx="${place(scale.x(newest.time))}" cy="${place(scale.y(newest.effect))}" r="3.5" fill="${ink.estimate}"/>`,
    '</g>',
    ...limits(metric, scale),
    decision(markOf(metric, picture), scale, plot),
  ]
    .filter(Boolean)
    .join('\n');
}

/**
 * In view are both limits, zero, and estimates and bounds of the later half: the first bounds are as wide as the sea, and
 * bounds that stay wide are cut off before they press everything else flat.
 */
function range({ points, margin, tolerance }: MetricHistory): [number, number] {
  const later = points.slice(Math.floor(points.length / 2));
  const bounds = later.flatMap(({ lower, upper }) => [lower, upper]).filter((bound) => bound !== null);
  const estimates = later.map(({ effect }) => effect);
  const needed = [0, margin, tolerance, -margin / 4, ...estimates];
  const [least, most] = [Math.min(...needed), Math.max(...needed)];
  const reach = 1.5 * (most - least || 1);
  const low = Math.max(Math.min(least, ...bounds), least - reach);
  const high = Math.min(Math.max(most, ...bounds), most + reach);
  const room = 0.1 * (high - low || 1);
  // More above, where the decision is named.
  return [low - room, high + 2 * room];
}

function axes(
  metric: MetricHistory,
  scale: Scale,
  { start, end, low, high }: { start: number; end: number; low: number; high: number },
  plot: { top: number; bottom: number },
): string[] {
  const factor = metric.relative ? 100 : 1;
  const unit = timeUnit(end - start);
  const harms = ticks(low * factor, high * factor, 4).map((harm) => {
    const y = place(scale.y(harm / factor));
    const stroke = harm === 0 ? ink.faint : ink.grid;
    return [
      `<path d="M${LEFT} ${y}H${RIGHT}" stroke="${stroke}"/>`,
      label(LEFT - 8, y + 4, short(harm), { size: 13, anchor: 'end' }),
    ].join('\n');
  });
  const times = ticks(0, (end - start) / unit.ms, 6).map((time) => {
    const x = place(scale.x(start + time * unit.ms));
    return [
      `<path d="M${x} ${plot.bottom}v5" stroke="${ink.faint}"/>`,
      label(x, plot.bottom + 19, short(time), { size: 13, anchor: 'middle' }),
    ].join('\n');
  });
  return [
    ...harms,
    `<path d="M${LEFT} ${plot.top}V${plot.bottom}H${RIGHT}" stroke="${ink.faint}" fill="none"/>`,
    ...times,
    label(RIGHT, plot.bottom + 38, `${unit.name} since the canary began`, { size: 13, anchor: 'end' }),
  ];
}

/** Margin and tolerance, named right of the plot; one line where they are the same. */
function limits(metric: MetricHistory, scale: Scale): string[] {
  const { margin, tolerance } = metric;
  const [upper, lower] = [scale.y(margin), scale.y(tolerance)];
  const line = (kind: 'margin' | 'tolerance', y: number, dash: string): string =>
    `<path class="${kind}" d="M${LEFT} ${place(y)}H${RIGHT}" stroke="${ink[kind]}" stroke-width="1.75" stroke-dasharray="${dash}"/>`;
  const named = (kind: 'margin' | 'tolerance', y: number, harm: number): string[] => [
    label(RIGHT + 6, y - 2, kind, { fill: ink[kind], size: 13 }),
    label(RIGHT + 6, y + 13, amount(metric, harm), { fill: ink[kind], size: 13 }),
  ];
  if (margin === tolerance) {
    return [
      line('margin', upper, '7 4'),
      label(RIGHT + 6, upper - 9, 'margin and', { fill: ink.margin, size: 13 }),
      ...named('tolerance', upper + 8, tolerance),
    ];
  }
  // The margin is never below the tolerance; names that would touch give way to either side.
  const apart = Math.max(0, 34 - (lower - upper)) / 2;
  return [
    line('margin', upper, '7 4'),
    line('tolerance', lower, '2 3'),
    ...named('margin', upper - apart, margin),
    ...named('tolerance', lower + apart, tolerance),
  ];
}

interface Mark {
  readonly time: number;
  readonly text: string;
  readonly color: string;
}

/** Where this metric's guard was lost, or the end, where the step was decided. A lost guard of another metric is shown there. */
function markOf({ lostAt }: MetricHistory, { verdict, judgement }: CanaryPicture): Mark | null {
  const color = inkOf[verdict];
  if (lostAt !== null) return { time: Date.parse(lostAt), text: 'harm proven: abort', color: inkOf.fail };
  if (judgement.at === null || verdict === 'fail') return null;
  const time = Date.parse(judgement.at);
  if (verdict === 'inconclusive') return { time, text: 'held: people decide', color };
  return { time, text: judgement.action === 'promote' ? 'safety proven: promoted' : 'step passed', color };
}

function decision(mark: Mark | null, scale: Scale, plot: { top: number; bottom: number }): string {
  if (mark === null) return '';
  const x = place(scale.x(mark.time));
  const right = x > (LEFT + RIGHT) / 2;
  return [
    `<path class="decision" d="M${x} ${plot.top - 2}V${plot.bottom}" stroke="${mark.color}" stroke-width="2.5"/>`,
    label(right ? x - 6 : x + 6, plot.top + 12, mark.text, {
      fill: mark.color,
      size: 13.5,
      weight: 600,
      anchor: right ? 'end' : 'start',
      halo: true,
    }),
  ].join('\n');
}

function headline(metric: MetricHistory, known: MetricVerdict | undefined): string {
  if (known === undefined) return '';
  const state = {
    harmful: 'proven harmful',
    safe: 'proven safe',
    undecided: 'not decided',
    unmeasured: 'not measured',
  };
  const last = metric.points.at(-1);
  if (last === undefined) return state[known.state];
  const { lower, upper, effect } = last;
  const bounds =
    lower === null && upper === null
      ? 'no bounds yet'
      : `bounds ${lower === null ? 'none' : amount(metric, lower)} to ${upper === null ? 'none' : amount(metric, upper)}`;
  return `${state[known.state]}: harm ${amount(metric, effect)}, ${bounds}`;
}

/** What the harm is counted in, as words that follow `harm`. */
function unitOf({ relative, unit }: MetricHistory): string {
  if (relative) return 'in % of the baseline';
  if (unit.startsWith('of ')) return `as a share ${unit}`;
  if (unit.startsWith('share of ')) return `as a ${unit}`;
  return unit === '' || unit === '1' ? 'in the metric’s own unit' : `in ${unit}`;
}

const amount = ({ relative }: MetricHistory, harm: number): string => short(relative ? 100 * harm : harm);

/** Coordinates to a tenth. */
const place = (value: number): number => Number(value.toFixed(1));

interface LabelStyle {
  readonly fill?: string;
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** A white rim, for words over lines. */
  readonly halo?: boolean;
}

function label(
  x: number,
  y: number,
  words: string,
  { fill, size, weight, anchor, halo }: LabelStyle,
): string {
  const attributes = [
    fill === undefined ? '' : ` fill="${fill}"`,
    size === undefined ? '' : ` font-size="${size}"`,
    weight === undefined ? '' : ` font-weight="${weight}"`,
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
    halo ? ' stroke="#fff" stroke-width="4" paint-order="stroke"' : '',
  ].join('');
  return `<text x="${place(x)}" y="${place(y)}"${attributes}>${escape(words)}</text>`;
}
