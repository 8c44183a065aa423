// Proves that a canary's picture shows what the judge saw: the bounds, the margin and the tolerance stand in the right order
// on one axis, the decision stands at its time, words are safe in XML, and the report keeps picture and data as evidence.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryPicture } from '../../activities/canary/picture.ts';
import { ticks, timeUnit, wrap } from '../../activities/canary/picture-text.ts';
import { canaryReport } from '../../activities/canary/report.ts';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import type { StageStep } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import { Comparison } from '../../domain/canary/index.ts';
import { CanaryJudge } from '../../domain/judge/index.ts';
import type { KayentaResult } from '../../domain/judge/index.ts';
import { errorsConfig, feed, rateBin, stream } from '../judge/bins.ts';

const config = { ...errorsConfig, exposure: { bins: 10, canaryUnits: 100 } };

/** The judge after a stream of errors that are `ratio` times the baseline's, up to its decision or the end. */
function watched(ratio: number, minutes: number): CanaryJudge {
  const judge = new CanaryJudge(config);
  for (const bin of stream(minutes, ratio, 5)) {
    judge.observe(bin);
    if (judge.verdict().action !== 'continue') break;
  }
  return judge;
}

function draw(judge: CanaryJudge, verdict: 'pass' | 'fail' | 'inconclusive', reason = 'because'): string {
  const judgement = judge.verdict();
  return canaryPicture({
    heading: 'flights/v2 at 10 %',
    verdict,
    reason,
    judgement,
    history: judge.history(),
  });
}

/** Corners of the line of this class, in the picture's units; y grows downwards. */
function corners(svg: string, name: string): { x: number; y: number }[] {
  const d = new RegExp(`class="${name}" d="M([^"]+)"`).exec(svg)?.[1];
  if (d === undefined) throw new Error(`there is no line ${name}`);
  return d.split(/[LHV]/).map((pair) => {
    const [x, y] = pair.split(' ').map(Number);
    return { x: x!, y: y! };
  });
}

const level = (svg: string, name: string): number => corners(svg, name)[0]!.y;
const last = (svg: string, name: string): number => corners(svg, name).at(-1)!.y;

describe('the picture', () => {
  it('of a bad canary has the lower bound above the tolerance, and the decision where the guard was lost', () => {
    const judge = watched(3, 400);
    const svg = draw(judge, 'fail');
    expect(judge.verdict().verdict).toBe('fail');
    expect(last(svg, 'lower')).toBeLessThan(level(svg, 'tolerance'));
    expect(level(svg, 'margin')).toBeLessThan(level(svg, 'tolerance'));
    expect(last(svg, 'estimate')).toBeLessThan(last(svg, 'lower'));
    const lostAt = judge.history()[0]!.points.findIndex(({ at }) => at === judge.history()[0]!.lostAt);
    expect(corners(svg, 'decision')[0]!.x).toBe(corners(svg, 'estimate')[lostAt]!.x);
    expect(svg).toContain('harm proven: abort');
    expect(svg).toContain('<title id="what">flights/v2 at 10 %: fail</title>');
  });

  it('of a good canary has the upper bound below the margin', () => {
    const judge = watched(1, 1440);
    const svg = draw(judge, 'pass');
    expect(judge.verdict().action).toBe('promote');
    expect(last(svg, 'upper')).toBeGreaterThan(level(svg, 'margin'));
    expect(svg).toContain('safety proven: promoted');
  });

  it('says that people decide when the bounds hold both limits, and that a step is passed without proof', () => {
    const judge = watched(1, 40);
    const svg = draw(judge, 'inconclusive');
    expect(last(svg, 'upper')).toBeLessThan(level(svg, 'margin'));
    expect(last(svg, 'lower')).toBeGreaterThan(level(svg, 'tolerance'));
    expect(svg).toContain('held: people decide');
    expect(draw(judge, 'pass')).toContain('step passed');
  });

  it('keeps the limits in view, however wide the bounds are', () => {
    const judge = watched(1, 12);
    const svg = draw(judge, 'inconclusive');
    expect(level(svg, 'tolerance') - level(svg, 'margin')).toBeGreaterThan(15);
  });

  it('draws no line before there is data', () => {
    expect(draw(new CanaryJudge(config), 'inconclusive')).toContain('no bin with rows in both arms yet');
    const one = draw(feed(new CanaryJudge(config), [rateBin(0, 100, 1, 100, 1)]), 'inconclusive');
    expect(one).toContain('no bounds yet');
    expect(one).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('is closed XML whatever the words are', () => {
    const svg = draw(watched(3, 60), 'fail', 'a < b & "c" > <script>');
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot; &gt; &lt;script&gt;');
    const open: string[] = [];
    for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!self) open.push(name!);
    }
    expect(open).toEqual([]);
  });
});

describe('the axes', () => {
  it('have round values', () => {
    expect(ticks(0, 30, 6)).toEqual([0, 5, 10, 15, 20, 25, 30]);
    expect(ticks(-0.07, 0.21, 4)).toEqual([0, 0.1, 0.2]);
    expect(ticks(2, 2, 4)).toEqual([2]);
  });

  it('have the unit of time that shows most', () => {
    expect([90, 60 * 20, 60 * 24 * 9].map((minutes) => timeUnit(minutes * 60_000).name)).toEqual([
      'minutes',
      'hours',
      'days',
    ]);
  });

  it('break words at spaces', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('incomprehensible', 4)).toEqual(['incomprehensible']);
  });
});

describe('the report', () => {
  let folder: string;
  let evidence: EvidenceStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seatrial-picture-'));
    evidence = openEvidence(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function reported(judge: CanaryJudge, kayenta?: KayentaResult): Promise<Report> {
    const judgement = judge.verdict();
    const stage: StageStep = {
      kind: 'stage',
      name: 'canary',
      stage: 'canary',
      timeoutSeconds: 60,
      parameters: {},
      checks: [],
    };
    return canaryReport(evidence, {
      input: {
        model: 'flights',
        version: 'v2',
        step: 0,
        planRef: { name: 'plan.json', mediaType: 'application/json', sha256: '0'.repeat(64), bytes: 1 },
        baseline: 'v1',
        canaryStep: 1,
        exposures: [{ weight: 10, from: {} }],
      },
      stage,
      judge,
      judgement,
      ...(kayenta ? { kayenta } : {}),
      step: { verdict: 'fail', reason: judgement.reason },
      samples: { baseline: 1, canary: 1 },
      bins: 1,
      seconds: 1,
    });
  }

  it('keeps the judgement as data and as a picture', async () => {
    const judge = watched(3, 400);
    const judgement = judge.verdict();
    const report = await reported(judge);
    expect(report.evidence.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['canary-step-2.json', 'application/json'],
      ['canary-step-2.svg', 'image/svg+xml'],
    ]);
    const [data, picture] = await Promise.all(
      report.evidence.map(async (ref) => Buffer.from(await evidence.get(ref.sha256)).toString('utf8')),
    );
    expect(JSON.parse(data!)).toMatchObject({ judgement: { verdict: 'fail' }, history: judge.history() });
    expect(picture).toBe(
      canaryPicture({
        heading: 'flights/v2 at 10 %',
        verdict: 'fail',
        reason: judgement.reason,
        judgement,
        history: judge.history(),
      }),
    );
  });

  it('tells what Kayenta’s judge would say where it is asked for, and changes nothing else', async () => {
    const bins = [...stream(60, 3, 5)];
    const judge = feed(new CanaryJudge(config), bins);
    const comparison = new Comparison(config);
    for (const bin of bins) comparison.observe(bin);
    const [plain, compared] = [await reported(judge), await reported(judge, comparison.result())];
    expect(compared).toMatchObject({ verdict: plain.verdict, checks: plain.checks, metrics: plain.metrics });
    expect(plain.summary).not.toContain('Kayenta');
    expect(compared.summary).toContain(
      ". To compare, Kayenta's judge would say Fail with a score of 0 (errors High).",
    );
    const data = Buffer.from(await evidence.get(compared.evidence[0]!.sha256)).toString('utf8');
    expect(JSON.parse(data)).toMatchObject({ mannwhitney: comparison.result() });
  });
});
