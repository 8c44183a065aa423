// A stage ends with its page among its evidence; and a page that cannot be made changes no verdict, and is not passed over in silence.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPage, withPage } from '../../activities/pages/with-page.ts';
import { openEvidence, type EvidenceStore } from '../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Report } from '../../contracts/report.ts';
import { inActivity, mockEnvironment } from '../activities/support.ts';
import { plan as planWith, stage } from '../support/plans.ts';

let dir: string;
let evidence: EvidenceStore;
let planRef: EvidenceRef;

const plan = planWith({ steps: [stage('load', { stage: 'resilience' })] });
const json = (name: string, content: unknown): Promise<EvidenceRef> =>
  evidence.put(JSON.stringify(content), { name, mediaType: 'application/json' });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'seatrial-pages-'));
  evidence = openEvidence(dir);
  planRef = await json('plan.json', plan);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const check = (name: string, verdict: Report['verdict'], reason: string): Report['checks'][number] => ({
  name,
  metric: name,
  severity: 'blocking',
  verdict,
  reason,
});

async function run(
  details: unknown,
  ref = planRef,
  verdict: Report['verdict'] = 'inconclusive',
): Promise<Report> {
  const report: Report = {
    stage: 'load',
    verdict,
    summary: 'too few calls',
    checks: [
      check('first', 'pass', 'well'),
      check('second', 'inconclusive', '3 calls'),
      check('third', 'fail', 'no'),
    ],
    metrics: { calls: { value: 3, unit: 'calls', lower: 1, upper: 9, samples: 3 } },
    envelope: {
      requests: 3,
      latencyMs: { p50: 1, p95: 2, p99: 3, p999: 4 },
      throughputPerSecond: 5,
      errorRate: 0,
    },
    evidence: [await json('load-report.json', { details })],
    seconds: 1,
  };
  const input = { model: plan.model, version: plan.version, planRef: ref, step: 0, attempt: 2 };
  const stage = withPage({ evidence }, 'resilience', () => Promise.resolve(report));
  return inActivity(mockEnvironment(), stage, input);
}

const textOf = async (report: Report, name: string): Promise<string> => {
  const ref = report.evidence.find((one) => one.name === name);
  if (ref === undefined) throw new Error(`the report names no ${name}`);
  return (await evidence.get(ref)).toString('utf8');
};

const exposure = {
  calls: 3,
  available: 2,
  answeredBy: { model: 1, gateway: 0, caller: 1, nobody: 1 },
  recoverySeconds: null,
};

describe('the page of a stage', () => {
  it('is evidence as HTML and as Markdown, with the verdict first and the worst check before others', async () => {
    const report = await run({ faults: { delay: { exposure } }, leftOut: ['jitter'] });
    expect(report.evidence.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['load-report.json', 'application/json'],
      ['load-page.html', 'text/html'],
      ['load-page.md', 'text/markdown'],
    ]);
    const markdown = await textOf(report, 'load-page.md');
    expect(markdown).toMatch(
      /^# load\n\nflight-delays 1, attempt 2\n\nVerdict: \*\*inconclusive\*\*\n\nWhat do callers see/,
    );
    const lines = markdown.split('\n').filter((line) => /^\| (first|second|third) /.test(line));
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['third', 'second', 'first']);
    expect(markdown).toContain('Too little evidence to say: second.');
    expect(markdown).toContain('Left out by the plan, so nothing is known of it: jitter.');
    expect(markdown).toContain('| calls | 3 calls | 1 to 9 | 3 |');
    const { sha256 } = report.evidence[0]!;
    for (const digest of [sha256, planRef.sha256, plan.artifact.sha256])
      expect(markdown).toContain(`\`${digest}\``);
    const html = await textOf(report, 'load-page.html');
    expect(html.match(/<svg/g)?.length).toBe(3);
    expect(html).not.toMatch(/NaN|could not be drawn/);
  });

  it('says what an open check means: a person decides, or a step of a canary went on without it', async () => {
    expect(await textOf(await run({}), 'load-page.md')).toContain('A person decides.');
    const passed = await textOf(await run({}, planRef, 'pass'), 'load-page.md');
    expect(passed).toContain('It does not count as passed. It did not stop this step.');
    expect(passed).not.toContain('A person decides');
  });

  it('is made without charts when the evidence is not as expected', async () => {
    const report = await run({ faults: { delay: { exposure: null } } });
    expect(await textOf(report, 'load-page.html')).toContain('The evidence could not be drawn');
    expect(report.evidence).toHaveLength(3);
  });

  it('that cannot be made changes no verdict, and the report says so', async () => {
    const report = await run({}, { ...planRef, sha256: '0'.repeat(64) });
    expect(report.verdict).toBe('inconclusive');
    expect(report.evidence.map(({ name }) => name)).toEqual(['load-report.json']);
    expect(report.checks.at(-1)).toMatchObject({ name: 'page', severity: 'warning', verdict: 'error' });
    expect(report.checks.at(-1)?.reason).toMatch(/could not be made.*plan/);
  });

  it('is one for each step of a canary, drawn from its history', async () => {
    const points = [1, 2].map((n) => ({ at: `2013-03-0${n}T00:00:00Z`, effect: 0, lower: -1, upper: 0.01 }));
    const history = [
      { name: 'log-loss', relative: false, unit: 'nats', margin: 0.04, tolerance: 0, points, lostAt: null },
      {
        name: 'errors',
        relative: false,
        unit: 'of calls',
        margin: 0.01,
        tolerance: 0,
        points: [],
        lostAt: null,
      },
    ];
    const file = await json('canary-step-2.json', { judgement: {}, history });
    const report = {
      stage: 'canary',
      verdict: 'pass',
      summary: 'safe',
      checks: [],
      metrics: {},
      seconds: 1,
    } as const;
    const of = { activity: 'canary', input: { planRef, step: 0 }, full: file.name, name: 'canary-step-2' };
    const page = (): Promise<Report> => addPage({ evidence }, of, { ...report, evidence: [file] });
    const made = await inActivity(mockEnvironment(), page, undefined);
    expect(made.evidence.map(({ name }) => name)).toEqual([
      file.name,
      'canary-step-2-page.html',
      'canary-step-2-page.md',
    ]);
    const html = await textOf(made, 'canary-step-2-page.html');
    expect(html.match(/<svg/g)?.length).toBe(1);
    expect(html).toContain('log-loss: how much worse than the baseline');
  });
});
