// Proves that a dossier follows from a ledger alone: on the recorded ledgers of two real releases, and on releases that end in every
// way there is; that it makes up no number, leaves no fact of a person out, and says what it does not know.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPack } from '../../adapters/regulations/index.ts';
import type { Report } from '../../contracts/report.ts';
import { blueprintOf, dossierOf, type Blueprint, type Dossier } from '../../domain/dossier/index.ts';
import type { Books } from '../../domain/lineage/index.ts';
import { waitingStep } from '../../domain/release/state.ts';
import { evidence, plan, report, stage, usualSteps } from '../support/plans.ts';
import {
  booksOf,
  brief,
  inCanary,
  live,
  moved,
  observed,
  opened,
  RELEASE,
  sandbox,
  says,
  start,
  validated,
} from './endings.ts';

const none = { packs: [], training: null, texts: new Map<string, string>(), missing: [] };
const recorded = new Map(
  Object.entries(JSON.parse(await readFile(join(import.meta.dirname, 'recorded.json'), 'utf8')) as object),
) as Books;
const FIRST = 'release/flight-delays/v1';
const SECOND = 'release/flight-delays/r-2013-06-20-299dd9';

function made(books: Books, release = RELEASE, sources = none): Dossier {
  const dossier = dossierOf(books, release, sources);
  if (!dossier) throw new Error(`no dossier of ${release}`);
  return dossier;
}

const rowsOf = ({ groups }: Blueprint) => groups.flatMap(({ rows }) => rows);
const told = ({ story }: Dossier): string[] =>
  story.map(({ who, what }) => `${who.map(({ name }) => name).join(' and ')}: ${what}`);

describe('two releases as they were recorded', () => {
  test('no number of the table is other than the reports’, and no stage lends another its own', () => {
    for (const release of [FIRST, SECOND]) {
      const { blueprint, trials } = made(recorded, release);
      const entries = recorded.get(release) ?? [];
      let compared = 0;
      for (const { metric, unit, cells } of rowsOf(blueprint)) {
        for (const [index, cell] of cells.entries()) {
          if (cell === null) continue;
          const step = trials[index]?.step;
          const last = entries.findLast(
            ({ type, data }) =>
              type === 'StageFinished' && (data['report'] as unknown as Report).stage === step,
          );
          const { metrics, envelope } = last?.data['report'] as unknown as Report;
          const said = metrics[metric];
          const limits: Record<string, number | undefined> = {
            ...{ 'latency-p50': envelope?.latencyMs.p50, 'latency-p95': envelope?.latencyMs.p95 },
            ...{ 'latency-p99': envelope?.latencyMs.p99, 'latency-p999': envelope?.latencyMs.p999 },
            ...{ throughput: envelope?.throughputPerSecond, 'error-rate': envelope?.errorRate },
            ...{ memory: envelope?.memoryMiB, 'cpu-seconds': envelope?.cpuSeconds },
          };
          expect(cell.value, `${metric} of ${step}`).toBe(said?.value ?? limits[metric]);
          if (said) expect([unit, cell.lower, cell.upper]).toEqual([said.unit, said.lower, said.upper]);
          compared += 1;
        }
      }
      expect(compared).toBeGreaterThan(50);
    }
  });

  test('a metric has one row, and a blank where a stage does not measure it', () => {
    const { blueprint } = made(recorded, FIRST);
    const keys = rowsOf(blueprint).map(({ metric, unit }) => `${metric} ${unit}`);
    expect(new Set(keys).size).toBe(keys.length);
    const auc = rowsOf(blueprint).find(({ metric }) => metric === 'auc');
    const where = auc?.cells.flatMap((cell, at) => (cell ? [blueprint.columns[at]?.step] : []));
    expect(where).toEqual(['sandbox', 'synthetic']);
  });

  test('the second says why it began: drift, retraining, and the version before', () => {
    const { origin, requester, state } = made(recorded, SECOND);
    expect({ requester, state, ancestors: origin.ancestors }).toEqual({
      requester: 'retraining',
      state: 'live',
      ancestors: ['v1'],
    });
    expect(origin.retraining?.reason).toContain('slice_log_loss_increase');
    expect(origin.drift.map(({ id }) => id)).toEqual(origin.retraining?.driftEvents);
    expect(made(recorded, FIRST).origin).toEqual({ retraining: null, drift: [], ancestors: [] });
  });

  test('Annex IV has nine sections, each shown by digests or a gap, and later stages count', async () => {
    const packs = [await readPack('eu-ai-act')];
    const { governance, unknown } = made(recorded, FIRST, { ...none, packs: packs as never[] });
    const lines = governance.packs[0]?.answers.filter(({ line }) => line.startsWith('Annex IV')) ?? [];
    expect(lines).toHaveLength(9);
    for (const { answer, evidence: shown } of lines) expect(answer === 'gap').toBe(shown.length === 0);
    expect(lines.flatMap(({ line, answer }) => (answer === 'gap' ? [line] : []))).toEqual([
      'Annex IV 4',
      'Annex IV 5',
      'Annex IV 7',
      'Annex IV 8',
    ]);
    // The stage incident-drill comes after governance, and is evidence of article 9 all the same.
    const risks = governance.packs[0]?.answers.find(({ line }) => line === 'Article 9');
    expect(risks?.evidence.map(({ id }) => id)).toContain('stage:incident-drill');
    expect(unknown.join('\n')).toContain(
      'nothing to show for Annex IV 4, Annex IV 5, Annex IV 7, Annex IV 8',
    );
  });

  test('the head is the ledger’s, and every vote is in the story', () => {
    const { ledger, story } = made(recorded, FIRST);
    const entries = recorded.get(FIRST) ?? [];
    expect(ledger.head).toEqual({ seq: entries.length, hash: entries.at(-1)?.hash });
    const votes = entries.filter(({ type }) => type === 'DecisionRecorded');
    const decisions = story.filter(({ kind }) => kind === 'decision');
    expect(decisions.map(({ seq }) => seq)).toEqual(votes.map(({ seq }) => seq));
    expect(decisions.every(({ who, why }) => who[0]?.role !== undefined && why !== '')).toBe(true);
  });
});

describe('every ending has a dossier', () => {
  test('rejected by a stage', () => {
    const dossier = made(booksOf([start(), sandbox(report('fail'))]));
    expect(dossier).toMatchObject({ state: 'rejected', headline: 'sandbox failed: sandbox: fail' });
    expect(dossier.trials.map(({ step, status, verdict }) => [step, verdict ?? status])).toEqual([
      ['sandbox', 'fail'],
      ['canary', 'not reached'],
      ['production', 'not reached'],
    ]);
    expect(dossier.blueprint.columns.map(({ status }) => status)).toEqual([
      'measured',
      'not reached',
      'not reached',
    ]);
    expect(dossier.unknown).toContain('What canary would have found: the release never came there.');
    expect(told(dossier).at(-1)).toBe(': ended: rejected');
  });

  test('rejected at a gate: who, in which role, and why', () => {
    const refused = says('reject', 'validation', 'olga', 'the slices are weak');
    const dossier = made(booksOf([start(), sandbox(), opened(1, 'validation'), refused]));
    expect(dossier.state).toBe('rejected');
    expect(dossier.story.find(({ kind }) => kind === 'decision')).toMatchObject({
      who: [{ name: 'olga', role: 'owner, name as claimed' }],
      what: 'rejected at gate validation',
      why: 'the slices are weak',
      evidence: brief.sha256,
      tone: 'bad',
    });
  });

  test('aborted, with the words of the person', () => {
    const abort = { type: 'Abort' as const, by: 'sam', reason: 'changed our minds' };
    const dossier = made(booksOf([...validated.slice(0, 3), abort]));
    expect(dossier).toMatchObject({ state: 'aborted', times: { promoted: null } });
    expect(dossier.headline).toContain('changed our minds');
  });

  test('rolled back by its canary, with the count that showed it', () => {
    const lost = observed(1, {
      ...report('fail', 'canary'),
      evidence: [evidence('canary-step-1.json', '7')],
    });
    const dossier = made(booksOf([...inCanary, lost, moved(2, { '0': 400 })]));
    expect(dossier.state).toBe('rolled-back');
    expect(told(dossier)).toEqual(
      expect.arrayContaining([
        ': canary, step 1: fail',
        'canary: the way back began',
        ': all callers are back at 0',
      ]),
    );
    expect(dossier.trials[1]?.evidence.map(({ name }) => name)).toEqual(['canary-step-1.json']);
  });

  test('superseded, after it served', () => {
    const dossier = made(booksOf([...live, { type: 'Supersede', by: '2' }]));
    expect(dossier.state).toBe('superseded');
    expect(dossier.times.promoted).not.toBeNull();
    expect(dossier.unknown).toContain('How it did once it served: no monitor has said anything of it.');
    expect(told(dossier)).toEqual(
      expect.arrayContaining([
        ': canary: 90 % 0, 10 % 1',
        ': promotion: 100 % 1',
        ': serves everybody, in place of 0',
        ': version 2 took its place',
      ]),
    );
  });

  test('still under way: it says so and ends nowhere', () => {
    const dossier = made(booksOf(validated));
    expect(dossier).toMatchObject({ state: 'awaiting-slot', times: { promoted: null, ended: null } });
  });

  test('there is none of a release that nobody asked for', () => {
    expect(dossierOf(new Map([[RELEASE, []]]), RELEASE, none)).toBeUndefined();
  });
});

test('a skip names both persons, and what it would have found is not known', () => {
  const skip = { reason: 'no twin of these rows can be made', approvedBy: 'max' };
  const steps = [stage('synthetic', { skip }), ...usualSteps];
  const dossier = made(booksOf([start({ steps })]));
  expect(dossier.story.find(({ kind }) => kind === 'override')).toMatchObject({
    who: [
      { name: 'rita', role: 'asked for the release' },
      { name: 'max', role: 'signed for it' },
    ],
    why: 'no twin of these rows can be made',
  });
  expect(dossier.trials[0]).toMatchObject({ status: 'skipped', verdict: null });
  expect(dossier.unknown[0]).toContain('signed for by max');
});

test('overrides and refusals are told with their words', () => {
  const failed = {
    type: 'FailStage' as const,
    step: 0,
    attempt: 1,
    failure: { type: 'X', message: 'no disk' },
  };
  const dossier = made(
    booksOf([
      start(),
      failed,
      { type: 'Retry', by: 'sam', reason: 'there is disk again' },
      { type: 'Pause', by: 'olga', reason: 'holidays' },
      { type: 'Rollback', by: 'bea', reason: 'complaints' },
    ]),
  );
  expect(told(dossier)).toEqual([
    'rita: asked for the release',
    ': sandbox could not be measured',
    'sam: sent sandbox round again',
    'olga: paused the release',
    'bea: rollback was refused',
  ]);
});

test('what leads nowhere is listed', () => {
  const missing = [{ from: RELEASE, to: 'a'.repeat(64), what: 'model.onnx is not in the evidence store' }];
  const dossier = made(booksOf([start()]), RELEASE, { ...none, missing: missing as never[] });
  expect(dossier.dangling).toEqual(missing);
  expect(dossier.unknown.at(-1)).toContain('model.onnx is not in the evidence store');
});

describe('the blueprint', () => {
  const made2 = (...reports: Report[]): Blueprint =>
    blueprintOf(
      plan({
        steps: reports.map(({ stage: name }) => stage(name, name === 'own' ? {} : { stage: 'sandbox' })),
      }),
      reports.map((one) => ({ ...waitingStep, status: 'done', report: one })),
    );
  const withMetrics = (name: string, metrics: Report['metrics']): Report => ({
    ...report('pass', name),
    metrics,
  });

  test('two units of a name are two rows, and what is no number is none', () => {
    const blueprint = made2(
      withMetrics('a', { 'latency-p99': { value: 3, unit: 'ms' }, auc: { value: Number.NaN, unit: '1' } }),
      withMetrics('b', { 'latency-p99': { value: 0.004, unit: 's' } }),
    );
    expect(rowsOf(blueprint).map(({ metric, unit }) => [metric, unit])).toEqual([
      ['latency-p99', 'ms'],
      ['latency-p99', 's'],
    ]);
  });

  test('what was borne before does not widen the envelope', () => {
    const memory = (value: number) => ({ memory: { value, unit: 'MiB' } });
    const blueprint = made2(...[180, 180, 190, 185].map((one, at) => withMetrics(`s${at}`, memory(one))));
    expect(rowsOf(blueprint)[0]?.cells.map((cell) => cell?.widens)).toEqual([false, false, true, false]);
  });

  test('of a stage of your own every metric is there, of ours those that two measured', () => {
    const blueprint = made2(
      withMetrics('a', { seeds: { value: 5, unit: '1' }, rows: { value: 100, unit: '1' } }),
      withMetrics('own', { 'saving-per-flight': { value: 17.79, unit: 'EUR', lower: -1.55, upper: 46.36 } }),
      withMetrics('b', { rows: { value: 90, unit: '1' } }),
    );
    expect(blueprint.groups.map(({ title, rows }) => [title, rows.map(({ metric }) => metric)])).toEqual([
      ['Other, measured in more than one stage', ['rows']],
      ['Of stages of your own', ['saving-per-flight']],
    ]);
    expect(blueprint.groups[1]?.rows[0]?.cells).toEqual([
      null,
      { value: 17.79, lower: -1.55, upper: 46.36, widens: false },
      null,
    ]);
  });

  test('property: every finite metric of two stages is there as it was, and the envelope only grows where it grew', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const names = fc.constantFrom('latency-p99', 'throughput', 'memory', 'auc', 'own-metric');
    const metrics = fc.dictionary(names, fc.record({ value, unit: fc.constantFrom('1', 'ms') }));
    fc.assert(
      fc.property(fc.array(metrics, { minLength: 1, maxLength: 6 }), (stages) => {
        const blueprint = made2(...stages.map((one, index) => withMetrics(`s${index}`, one)));
        for (const { metric, unit, cells } of rowsOf(blueprint)) {
          const said = stages.map((one) => (one[metric]?.unit === unit ? one[metric].value : null));
          expect(cells.map((cell) => cell?.value ?? null)).toEqual(said);
          const before: number[] = [];
          for (const cell of cells) {
            if (cell === null) continue;
            const grows = ['latency-p99', 'throughput', 'memory'].includes(metric);
            expect(cell.widens).toBe(grows && before.length > 0 && cell.value > Math.max(...before));
            before.push(cell.value);
          }
        }
        const shown = rowsOf(blueprint).flatMap(({ cells }) => cells.filter(Boolean)).length;
        const common = stages.flatMap((one) => Object.entries(one));
        const kept = common.filter(
          ([name, { unit }]) =>
            name !== 'own-metric' ||
            common.filter(([other, it]) => other === name && it.unit === unit).length > 1,
        );
        expect(shown).toBe(kept.length);
      }),
    );
  });
});
