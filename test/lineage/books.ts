/** The books of one story: `v1` went live, drifted, and a retraining made `r2`, which is in its canary. */
import type { DomainEvent } from '../../contracts/ledger.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { ModelEvent } from '../../domain/model/index.ts';
import type { ReleaseEvent } from '../../domain/release/index.ts';
import type { RetrainingEvent } from '../../domain/retraining/index.ts';
import { retraining } from '../support/drift.ts';
import { evidence, plan, report, usualSteps } from '../support/plans.ts';

export const MODEL = 'flight-delays';
export const DECISION = 'v1.2013-06-16T00-00Z.168h.3fa2c1d0';
export const RETRAINING = `retraining/${MODEL}/${DECISION}`;

const at = (day: number): string => `2026-03-${String(day).padStart(2, '0')}T12:00:00.000Z`;
const file = (name: string, digit: string): EvidenceRef => evidence(name, digit);

export const files = {
  plan1: file('plan.json', '1'),
  plan2: file('plan.json', '2'),
  data: file('training-data.parquet', 'd'),
  log: file('training.log', '9'),
  model1: file('model.onnx', 'b'),
  model2: file('model.onnx', 'e'),
};

const shift = (
  number: number,
  day: number,
  purpose: 'canary' | 'promotion',
  weight: number,
  version: string,
): ReleaseEvent[] => {
  const changeId = `${version}-${number}`;
  const arms =
    weight === 100
      ? ([{ arm: 'baseline', version, weight }] as const)
      : ([
          { arm: 'baseline', version: version === 'v1' ? 'fallback' : 'v1', weight: 100 - weight },
          { arm: 'canary', version, weight },
        ] as const);
  const canaryStep = purpose === 'canary' ? number - 1 : null;
  return [
    {
      type: 'TrafficShiftStarted',
      data: { step: 2, shift: { number, changeId, purpose, arms, canaryStep } },
      at: at(day),
    },
    { type: 'TrafficShifted', data: { changeId, counted: {}, seconds: 1, position: {} }, at: at(day) },
  ];
};

const first: ReleaseEvent[] = [
  {
    type: 'ReleaseRequested',
    data: {
      plan: plan({ version: 'v1', artifact: files.model1, retraining }),
      planRef: files.plan1,
    },
    at: at(1),
  },
  ...shift(1, 2, 'canary', 10, 'v1'),
  ...shift(2, 3, 'promotion', 100, 'v1'),
  { type: 'VersionPromoted', data: { replaced: null, fence: 1 }, at: at(3) },
  {
    type: 'StageFinished',
    data: { step: usualSteps.length - 1, attempt: 1, report: report('pass', 'production') },
    at: at(3),
  },
];

const lineage = {
  decision: DECISION,
  reason: 'log-loss 0.59 > 0.54',
  driftEvents: ['live/performance/w24'],
  previousVersion: 'v1',
  previousPlan: files.plan1.sha256,
};

const second: ReleaseEvent[] = [
  {
    type: 'ReleaseRequested',
    data: {
      plan: plan({ version: 'r2', artifact: files.model2, requester: 'retraining', retraining, lineage }),
      planRef: files.plan2,
    },
    at: at(11),
  },
  ...shift(1, 12, 'canary', 10, 'r2'),
];

const model: ModelEvent[] = [
  {
    type: 'ChampionChanged',
    data: { version: 'v1', replaced: null, why: 'promoted', fence: 1 },
    at: at(3),
  },
  {
    type: 'DriftReceived',
    data: {
      stream: 'c1/seatrial.drift',
      partition: 2,
      from: 40,
      to: 41,
      buckets: { started: 1, coalesced: 0, suppressed: 1, duplicate: 0, rejected: 0 },
      redelivered: 0,
      keys: ['k40', 'k41'],
      outcomes: [
        {
          id: 'live/data/w24',
          offset: 40,
          bucket: 'suppressed',
          reason: 'only a warning',
          version: 'v1',
          source: '/monitors/live',
        },
        {
          id: 'live/performance/w24',
          offset: 41,
          bucket: 'started',
          reason: 'log-loss 0.59 > 0.54',
          version: 'v1',
          source: '/monitors/live',
        },
      ],
    },
    at: at(10),
  },
  {
    type: 'RetrainingDecided',
    data: {
      decision: DECISION,
      version: 'v1',
      reason: 'log-loss 0.59 > 0.54',
      driftEvents: ['live/performance/w24'],
      windowEnd: '2013-06-16T00:00:00.000Z',
    },
    at: at(10),
  },
  {
    type: 'RetrainingFinished',
    data: { decision: DECISION, outcome: 'released', detail: 'version r2 was trained' },
    at: at(11),
  },
];

const trained: RetrainingEvent[] = [
  {
    type: 'RetrainingStarted',
    data: {
      model: MODEL,
      decision: DECISION,
      version: 'v1',
      planRef: files.plan1,
      reason: 'log-loss 0.59 > 0.54',
      driftEvents: ['live/performance/w24'],
      windowEnd: '2013-06-16T00:00:00.000Z',
      windowDays: 60,
      command: ['python', 'train.py'],
      arguments: ['--iterations', '20'],
      seed: 7,
    },
    at: at(10),
  },
  {
    type: 'DataMaterialised',
    data: {
      data: files.data,
      from: '2013-04-17T00:00:00.000Z',
      to: '2013-06-16T00:00:00.000Z',
      rows: 50_123,
    },
    at: at(10),
  },
  {
    type: 'ModelTrained',
    data: {
      files: { model: files.model2 },
      seconds: 12.5,
      log: files.log,
      code: {
        commit: 'c0ffee',
        changed: false,
        repository: 'https://example.com/models.git',
        path: 'models',
      },
    },
    at: at(11),
  },
  { type: 'VersionRegistered', data: { version: 'r2', planRef: files.plan2 }, at: at(11) },
  {
    type: 'RetrainingEnded',
    data: { outcome: 'released', detail: 'version r2 was trained', version: 'r2', log: null },
    at: at(11),
  },
];

/** Facts by stream. Facts of a domain are JSON by construction; an interface has no index signature. */
export function story(): Record<string, DomainEvent[]> {
  return {
    [`release/${MODEL}/v1`]: first,
    [`release/${MODEL}/r2`]: second,
    [`model/${MODEL}`]: model,
    [RETRAINING]: trained,
  } as unknown as Record<string, DomainEvent[]>;
}
