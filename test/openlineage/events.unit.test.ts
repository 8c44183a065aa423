// Proves what the ledger's facts mean in OpenLineage: each run begins and ends once, whatever becomes of a retraining or a release;
// one chain leads from the drift event to what callers are served; the same fact says the same again; and our own facets are
// as docs/schemas has them. What OpenLineage's own client thinks of the events is in openlineage.int.test.ts.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { Facets, RunEvent } from '../../contracts/openlineage.ts';
import type { ReleaseEvent } from '../../domain/release/index.ts';
import { CANCELLED, type RetrainingEvent } from '../../domain/retraining/index.ts';
import { runIdOf } from '../../services/outbox/openlineage/run-id.ts';
import { files, MODEL, RETRAINING, story } from '../lineage/books.ts';
import { heard } from './judged.ts';
import { told } from './told.ts';

const v1 = `release/${MODEL}/v1`;
const r2 = `release/${MODEL}/r2`;
const retraining = (upTo: number, ...more: RetrainingEvent[]): Record<string, unknown[]> => ({
  [RETRAINING]: [...(story()[RETRAINING] ?? []).slice(0, upTo), ...more],
});
const ended = (outcome: 'failed' | 'held', detail: string): RetrainingEvent => ({
  type: 'RetrainingEnded',
  data: { outcome, detail, version: null, log: null },
  at: '2026-03-12T00:00:00.000Z',
});

describe('the story', () => {
  test('is one chain of datasets and runs from the drift event to what callers are served', async () => {
    const events = await told(story());
    const wrote = (name: string) => events.filter(({ outputs }) => outputs.some((one) => one.name === name));
    const version = (facets: Facets | undefined) => facets?.['version']?.['datasetVersion'];
    const of = (job: string, type: string): RunEvent => {
      const found = events.find((event) => event.job.name === `${MODEL}.${job}` && event.eventType === type);
      if (!found) throw new Error(`no ${type} of ${job} in ${heard(events).join(', ')}`);
      return found;
    };
    expect(wrote(`${MODEL}.drift-events`).map(({ job }) => job.name)).toEqual([`${MODEL}.monitor`]);
    const start = of('retraining', 'START');
    expect(start.inputs.map(({ name }) => name)).toEqual([MODEL, `${MODEL}.drift-events`]);
    expect(start.inputs[1]?.facets['seatrial_drift']).toMatchObject({ events: ['live/performance/w24'] });

    const [data] = of('retraining.materialise', 'COMPLETE').outputs;
    const train = of('retraining.train', 'COMPLETE');
    expect(version(data?.facets)).toBe(files.data.sha256);
    expect(train.inputs[0]).toMatchObject({ name: data?.name, facets: data?.facets });
    expect(train.inputs[0]?.inputFacets?.['dataQualityMetrics']).toMatchObject({ rowCount: 50_123 });
    expect(train.job.facets['sourceCodeLocation']).toMatchObject({
      type: 'git',
      version: 'c0ffee',
      path: 'models',
    });
    const register = of('retraining.register', 'COMPLETE');
    expect(register.inputs).toEqual(train.outputs);
    for (const task of [train, register])
      expect(task.run.facets['parent']).toMatchObject({ run: { runId: start.run.runId } });

    const released = events.filter(({ run }) => run.runId === runIdOf(r2));
    expect(released[0]?.inputs[0]?.name).toBe(register.outputs[0]?.name);
    expect(version(released[0]?.inputs[0]?.facets)).toBe(version(register.outputs[0]?.facets));
    expect(released[0]?.run.facets['jobDependencies']).toMatchObject({
      upstream: [{ run: { runId: start.run.runId } }],
    });
    expect(version(wrote(`${MODEL}.serving`)[0]?.outputs[0]?.facets)).toBe('v1');
  });

  test('is the same when it is told again, and in other portions', async () => {
    expect(await told(story(), 1)).toEqual(await told(story()));
  });
});

describe('a run', () => {
  const facts = (type: string, data: object): ReleaseEvent =>
    ({ type, data, at: '2026-03-20T00:00:00.000Z' }) as unknown as ReleaseEvent;
  const rest = (stream: string, ...more: ReleaseEvent[]): Record<string, unknown[]> => ({
    [stream]: [...(story()[stream] ?? []), ...more],
  });
  const end = (outcome: string) => facts('ReleaseEnded', { outcome, reason: 'so it is' });

  test.each<[string, Record<string, unknown[]>, string[]]>([
    [
      'that is done',
      retraining(5),
      [
        'retraining START',
        'retraining.materialise START',
        'retraining.materialise COMPLETE',
        'retraining.train START',
        'retraining.train COMPLETE',
        'retraining.register START',
        'retraining.register COMPLETE',
        'retraining COMPLETE',
      ],
    ],
    [
      'without data',
      retraining(1, ended('failed', 'no rows')),
      ['retraining START', 'retraining.materialise START', 'retraining.materialise FAIL', 'retraining FAIL'],
    ],
    [
      'whose training failed',
      retraining(2, ended('failed', 'no gradient')),
      [
        'retraining START',
        'retraining.materialise START',
        'retraining.materialise COMPLETE',
        'retraining.train START',
        'retraining.train FAIL',
        'retraining FAIL',
      ],
    ],
    [
      'that was cancelled',
      retraining(2, ended('failed', CANCELLED)),
      [
        'retraining START',
        'retraining.materialise START',
        'retraining.materialise COMPLETE',
        'retraining.train START',
        'retraining.train ABORT',
        'retraining ABORT',
      ],
    ],
    [
      'that is held',
      retraining(3, ended('held', 'copied rows')),
      [
        'retraining START',
        'retraining.materialise START',
        'retraining.materialise COMPLETE',
        'retraining.train START',
        'retraining.train COMPLETE',
        'retraining.register START',
        'retraining.register ABORT',
        'retraining ABORT',
      ],
    ],
    ['that is live', rest(v1), ['release START', 'release RUNNING', 'release RUNNING', 'release COMPLETE']],
    [
      'superseded later',
      rest(v1, end('superseded')),
      ['release START', 'release RUNNING', 'release RUNNING', 'release COMPLETE', 'release OTHER'],
    ],
    [
      'rolled back in its canary',
      rest(r2, facts('ReleaseRolledBack', { to: 'v1', counted: {}, seconds: 1 }), end('rolled-back')),
      ['release START', 'release RUNNING', 'release RUNNING', 'release FAIL'],
    ],
    ['rejected by people', rest(r2, end('rejected')), ['release START', 'release RUNNING', 'release FAIL']],
    ['aborted by a person', rest(r2, end('aborted')), ['release START', 'release RUNNING', 'release ABORT']],
  ])('%s begins once and ends once', async (_name, ledger, expected) => {
    const events = await told(ledger);
    expect(heard(events).map((text) => text.replace(`${MODEL}.`, ''))).toEqual(expected);
    const runs = new Map<string, string[]>();
    for (const { run, eventType } of events) runs.set(run.runId, [...(runs.get(run.runId) ?? []), eventType]);
    for (const types of runs.values()) {
      expect(types[0]).toBe('START');
      expect(types.filter((type) => ['COMPLETE', 'FAIL', 'ABORT'].includes(type)).length).toBeLessThanOrEqual(
        1,
      );
    }
    for (const { eventType, run } of events)
      if (eventType === 'FAIL') expect(run.facets).toHaveProperty('errorMessage.message');
  });

  test('has a UUID of version 5 that depends on its name alone', () => {
    expect(runIdOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(runIdOf('a')).toBe(runIdOf('a'));
    expect(runIdOf('a')).not.toBe(runIdOf('b'));
  });
});

test('our own facets are as docs/schemas/openlineage-facets.schema.json has them', async () => {
  const path = new URL('../../docs/schemas/openlineage-facets.schema.json', import.meta.url);
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(JSON.parse(readFileSync(path, 'utf8')) as object);
  const guard: RetrainingEvent = {
    type: 'TrainingCompared',
    data: { breaches: ['copied rows'], report: files.log, accepted: true },
    at: '2026-03-11T12:00:00.000Z',
  };
  const events = [
    ...(await told(story())),
    ...(await told(retraining(3, guard, ended('failed', 'so it is')))),
  ];
  const checked = new Set<string>();
  const check = (facets: Facets | undefined): void => {
    for (const [name, facet] of Object.entries(facets ?? {}).filter(([one]) => one.startsWith('seatrial_'))) {
      const validate = ajv.getSchema(facet._schemaURL);
      if (!validate) throw new Error(`${name} names no schema of ours: ${facet._schemaURL}`);
      expect(validate(facet) || validate.errors, `${name} ${JSON.stringify(facet)}`).toBe(true);
      expect(validate({ ...facet, odd: 1 })).toBe(false);
      checked.add(name);
    }
  };
  for (const { run, job, inputs, outputs } of events) {
    for (const facets of [run.facets, job.facets]) check(facets);
    for (const { facets } of [...inputs, ...outputs]) check(facets);
  }
  expect([...checked].sort()).toEqual(
    ['drift', 'evidence', 'guard', 'release', 'retraining', 'traffic', 'training'].map(
      (one) => `seatrial_${one}`,
    ),
  );
});
