// Proves when a release leaves a dossier: once it serves, once its plan was done after that, and at its end however it ends; that none is
// written twice; that a dossier which cannot be written changes nothing else; and that a release of before leaves none.
import { describe, expect, test } from 'vitest';
import { decide, evolve, initialState, workOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseState } from '../../domain/release/index.ts';
import { evidence, plan, report, stage } from '../support/plans.ts';

const at = '2013-03-01T00:00:00.000Z';
const file = evidence('dossier.html', '5');
const abort: ReleaseCommand = { type: 'Abort', by: 'sam', reason: 'changed our minds', at };
const wrote = (occasion: 'promotion' | 'review' | 'end'): ReleaseCommand => ({
  type: 'FinishDossier',
  occasion,
  files: [file],
  at,
});

const start = (steps = ['production'], more = {}): ReleaseCommand => ({
  ...{ type: 'Start', plan: plan({ steps: steps.map((name) => stage(name)) }) },
  ...{ planRef: evidence('plan.json', 'd'), dossier: true, at, ...more },
});

/** Requested, given the slot, and promoted. */
const promote: ReleaseCommand[] = [
  { type: 'GrantSlot', fence: 1, champion: null, previous: null, at },
  {
    type: 'ConfirmShift',
    changeId: 'flight-delays/1#1',
    counted: { '1': 400 },
    seconds: 1,
    position: {},
    at,
  },
];

function after(...commands: ReleaseCommand[]): ReleaseState {
  return commands.reduce((state, command) => decide(command, state).reduce(evolve, state), initialState());
}
const due = (state: ReleaseState): string[] =>
  workOf(state).flatMap((work) => (work.kind === 'dossier' ? [work.key] : []));

describe('a dossier is due', () => {
  test('when the version serves, once, and knows of that', () => {
    const live = after(start(), ...promote);
    expect(due(live)).toEqual(['dossier/promotion']);
    const [work] = workOf(live).filter(({ kind }) => kind === 'dossier');
    expect(work).toMatchObject({ until: live.entries });
    expect(due(after(start(), ...promote, wrote('promotion')))).toEqual([]);
  });

  test('when the plan was done after production', () => {
    const steps = ['production', 'review'];
    const promoted = [start(steps), ...promote, wrote('promotion')];
    expect(due(after(...promoted))).toEqual([]);
    const made: ReleaseCommand = {
      ...{ type: 'FinishStage', step: 1, attempt: 1 },
      ...{ report: report('pass', 'review'), at },
    };
    expect(due(after(...promoted, made))).toEqual(['dossier/review']);
    expect(due(after(...promoted, made, wrote('review')))).toEqual([]);
  });

  test('at the end, also of a version that served nobody', () => {
    expect(due(after(start(['sandbox'])))).toEqual([]);
    const failed: ReleaseCommand = {
      ...{ type: 'FinishStage', step: 0, attempt: 1 },
      ...{ report: report('fail'), at },
    };
    for (const end of [abort, failed]) {
      expect(due(after(start(['sandbox']), end))).toEqual(['dossier/end']);
      expect(workOf(after(start(['sandbox']), end, wrote('end')))).toEqual([]);
    }
  });

  test('of the end and not of the promotion, when a version is superseded before its first was written', () => {
    const gone = after(start(), ...promote, { type: 'Supersede', by: '2', at });
    expect(due(gone)).toEqual(['dossier/end']);
  });

  test('never in a release that began before there were any', () => {
    const before = after(start(['sandbox'], { dossier: undefined }), abort);
    expect(due(before)).toEqual([]);
    expect(decide(wrote('end'), before)).toEqual([]);
  });
});

test('what was written is a fact with its digests, and comes once', () => {
  const ended = after(start(['sandbox']), abort);
  const [event, ...others] = decide(wrote('end'), ended);
  expect(event).toEqual({ type: 'DossierWritten', data: { occasion: 'end', files: [file] }, at });
  expect(others).toEqual([]);
  expect(decide(wrote('end'), evolve(ended, event!))).toEqual([]);
  expect(decide(wrote('promotion'), ended)).toEqual([]);
});

test('one that cannot be written is noted, and the release goes on as it was', () => {
  const live = after(start(), ...promote);
  const failure = { type: 'EvidenceUnavailable', message: 'the disk is full' };
  const events = decide({ type: 'FailDossier', occasion: 'promotion', failure, at }, live);
  expect(events).toEqual([{ type: 'DossierNotWritten', data: { occasion: 'promotion', failure }, at }]);
  const noted = events.reduce(evolve, live);
  expect({ ...noted, dossiers: live.dossiers, entries: live.entries }).toEqual(live);
  expect(due(noted)).toEqual([]);
});
