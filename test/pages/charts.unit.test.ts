// Every chart is drawn by the real library and holds what it is drawn from: as many marks as there are values, names escaped, no NaN.
// A description says in words what the drawing shows, and turns when the data turns.
import { beforeAll, describe, expect, it } from 'vitest';
import { drawCharts } from '../../adapters/pages/index.ts';
import { availabilityChart } from '../../domain/pages/charts/availability.ts';
import { canaryEvidenceChart } from '../../domain/pages/charts/canary-evidence.ts';
import { detectionChart } from '../../domain/pages/charts/detection.ts';
import { dotChart } from '../../domain/pages/charts/dots.ts';
import { driftTimelineChart } from '../../domain/pages/charts/drift-timeline.ts';
import { latencyChart } from '../../domain/pages/charts/latency.ts';
import { loadChart } from '../../domain/pages/charts/load.ts';
import { predictedObservedChart } from '../../domain/pages/charts/predicted-observed.ts';
import { qualityOverTimeChart } from '../../domain/pages/charts/quality-over-time.ts';
import { reliabilityChart } from '../../domain/pages/charts/reliability.ts';
import { robustnessChart } from '../../domain/pages/charts/robustness.ts';
import { timeChart } from '../../domain/pages/charts/times.ts';
import type { Chart } from '../../domain/pages/index.ts';

const EVIL = '<b onload="x">&';
const envelope = (ms: number) => ({
  requests: 1000,
  latencyMs: { p50: ms, p95: 2 * ms, p99: 3 * ms, p999: 4 * ms },
  throughputPerSecond: 100,
  errorRate: 0,
});
const point = (intensity: number, estimate: number) => ({
  intensity,
  estimate,
  lower: estimate - 0.05,
  upper: estimate + 0.05,
  rows: 100,
});
const curves = {
  noise: { points: [point(0, 0.8), point(1, 0.7)] },
  missing: { points: [point(0, 0.8), point(1, 0.5)] },
};
const exposure = (model: number, nobody: number) => ({
  calls: model + nobody,
  available: model,
  answeredBy: { model, gateway: 0, caller: 0, nobody },
});
const bin = (meanProbability: number, eventShare: number) => ({
  rows: 50,
  meanProbability,
  eventShare,
  lower: eventShare - 0.1,
  upper: eventShare + 0.1,
});
const day = (n: number): string => `2013-03-${String(n).padStart(2, '0')}T00:00:00.000Z`;
const history = (last: number | null, lostAt: string | null = null) => ({
  name: 'log-loss',
  relative: false,
  unit: 'nats',
  margin: 0.04,
  tolerance: 0,
  points: Array.from({ length: 600 }, (_, i) => ({
    at: new Date(Date.parse(day(1)) + i * 60_000).toISOString(),
    effect: -0.01,
    lower: i < 10 ? null : -0.05,
    upper: i < 10 || last === null ? null : last,
  })),
  lostAt,
});
const window_ = (n: number, estimate: number | null) => ({
  start: day(n),
  rows: 10,
  quality: estimate === null ? null : { estimate, lower: estimate - 0.1, upper: estimate + 0.1 },
});

const all: Record<string, Chart> = {
  latency: latencyChart(envelope(5)),
  load: loadChart(
    [1, 2, 4].map((n) => ({ concurrency: n, envelope: envelope(n) })),
    30,
  ),
  robustness: robustnessChart(curves, { metric: 'auc', floor: 0.6 }),
  availability: availabilityChart({ [EVIL]: exposure(3, 1), reset: exposure(4, 0) }),
  reliability: reliabilityChart([bin(0.2, 0.25), bin(0.5, 0.9)]),
  dots: dotChart({
    title: 'dots',
    description: 'dots',
    of: 'slice',
    measure: '%',
    dots: [
      { label: EVIL, value: 1, lower: 0, upper: 2, limit: 3 },
      { label: 'b', value: 2 },
      { label: 'c', value: 1, limit: 90 },
    ],
  }),
  detection: detectionChart([{ name: 'sudden', alarms: [1, 1, 2, null] }], 3),
  timeline: driftTimelineChart(
    [
      { name: 'calm', alarmShare: [0.1, 0] },
      { name: 'sudden', alarmShare: [0, 1] },
    ],
    1,
  ),
  later: qualityOverTimeChart([window_(1, 0.7), window_(8, null), window_(15, 0.6)], {
    metric: 'auc',
    floor: 0.55,
  }),
  times: timeChart({
    title: 'times',
    description: 'times',
    times: [
      { what: 'raised', seconds: 2, limit: 60 },
      { what: 'over', seconds: null, limit: 60 },
    ],
  }),
  canary: canaryEvidenceChart(history(0.02))!,
  review: predictedObservedChart([
    {
      metric: 'auc',
      predicted: { value: 0.7, unit: '1', lower: 0.6, upper: 0.8 },
      observed: { value: 0.65, unit: '1' },
    },
    { metric: 'latency', predicted: { value: 9, unit: 'ms' }, observed: null },
  ])!,
  harmful: canaryEvidenceChart(history(0.09, day(1)))!,
};

const svgs: Record<string, string> = {};
beforeAll(async () => {
  const names = Object.keys(all);
  const drawings = await drawCharts(Object.values(all));
  for (const [i, drawing] of drawings.entries())
    svgs[names[i]!] = 'svg' in drawing ? drawing.svg : `none: ${drawing.problem}`;
}, 60_000);

/** How many marks of a kind the drawing holds, axes and legends not counted. */
function marks(name: string, kind: string): number {
  const groups = svgs[name]!.split(/<g class="mark-/).filter((part) => part.startsWith(`${kind} role-mark`));
  return groups.reduce(
    (sum, part) => sum + (part.split('</g>')[0]!.match(/<(path|line|text)[ >]/g)?.length ?? 0),
    0,
  );
}

describe('every chart', () => {
  it.each(Object.keys(all))('%s is drawn, with numbers only, and has its numbers as a table', (name) => {
    expect(svgs[name]).toMatch(/^<svg /);
    expect(svgs[name]).not.toMatch(/NaN|undefined|Infinity|<b |<image|<script/);
    const { data, description } = all[name]!;
    expect(data.rows.length).toBeGreaterThan(0);
    for (const row of data.rows) expect(row).toHaveLength(data.columns.length);
    expect(`${description}${JSON.stringify(data)}`).not.toMatch(/NaN|undefined/);
  });

  it('holds a mark for each value', () => {
    expect(marks('latency', 'rect')).toBe(4);
    expect(marks('load', 'symbol')).toBe(6);
    expect(marks('robustness', 'symbol')).toBe(4);
    expect(marks('robustness', 'area')).toBe(2);
    expect(marks('availability', 'rect')).toBe(8);
    expect(marks('reliability', 'symbol')).toBe(2);
    expect(marks('reliability', 'rule')).toBe(2);
    expect(marks('detection', 'symbol')).toBe(3);
    expect(marks('timeline', 'rect')).toBe(4);
    expect(marks('later', 'symbol')).toBe(2);
    expect(marks('times', 'text')).toBe(2);
    expect(marks('review', 'symbol')).toBe(2);
    expect(marks('review', 'rule')).toBe(1);
    expect(all['review']!.data.rows[1]).toEqual(['latency', '9 ms', 'not known']);
  });

  it('draws an interval and a limit only where there is one, and leaves a limit far away to the table', () => {
    expect(marks('dots', 'symbol')).toBe(3);
    expect(marks('dots', 'rule')).toBe(1);
    expect(marks('dots', 'rect')).toBe(1); // the tick of the first
    expect(all['dots']!.data.rows[2]).toEqual(['c', '1', '', '90']);
  });

  it('writes names as text', () => {
    for (const name of ['availability', 'dots']) expect(svgs[name]).toContain('&lt;b onload="x"&gt;&amp;');
  });
});

describe('descriptions', () => {
  it('turn when the data turns', () => {
    expect(all['robustness']!.description).toContain('under missing.');
    const better = robustnessChart({ noise: curves.noise }, { metric: 'auc', floor: 0.6 });
    expect(better.description).toContain('at every intensity');
    const loss = robustnessChart(curves, { metric: 'log-loss', floor: 0.6 });
    expect(loss.description).toContain('under noise, missing.');
    expect(all['availability']!.description).toContain(`under ${EVIL};`);
    expect(availabilityChart({ reset: exposure(4, 0) }).description).toMatch(/^Under every fault/);
    expect(all['reliability']!.description).toContain('one group misses it');
    expect(all['detection']!.description).toContain('missed under sudden');
    expect(detectionChart([{ name: 'sudden', alarms: [1] }], 3).description).toContain(
      'No change was missed',
    );
    expect(all['harmful']!.description).toContain('harm was proven');
    expect(all['canary']!.description).not.toContain('harm was proven');
    expect(canaryEvidenceChart(history(null))?.description).toContain('without bounds yet');
  });

  it('a canary without a point is no chart, and one with many is thinned with its last kept', () => {
    expect(canaryEvidenceChart({ ...history(0), points: [] })).toBeNull();
    const { values } = all['canary']!.spec['data'] as { values: { at: string }[] };
    expect(values.length).toBeLessThanOrEqual(240);
    expect(values.at(-1)?.at).toBe(history(0).points.at(-1)?.at);
    expect(all['canary']!.data.rows.at(-1)).toEqual(['2013-03-01 09:59', '-0.01', '-0.05', '0.02']);
  });
});
