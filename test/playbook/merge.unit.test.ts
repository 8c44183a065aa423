// Proves: a release file over a playbook is what docs/playbooks.md says it is: fields merged, null takes out, steps, checks, guards
// and the check list by name, other lists replaced; and a place in the merged steps leads back to where the file says it.
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../contracts/json.ts';
import { mergeSpecs } from '../../domain/playbook/index.ts';

const PLAYBOOK: JsonObject = {
  risk: 'medium',
  steps: [
    {
      stage: 'sandbox',
      checks: [
        { metric: 'auc', min: 0.6 },
        { name: 'smooth', metric: 'brier', max: 0.2 },
      ],
    },
    { gate: 'canary', requires: { owner: 1, business: 1 } },
    {
      stage: 'canary',
      canary: {
        steps: [{ weight: 5 }, { weight: 50 }],
        guards: [{ metric: 'errors', margin: 0.1 }],
        alpha: 0.05,
      },
    },
    { stage: 'our-own', name: 'bias', taskQueue: 'python', parameters: { slices: ['a', 'b'], k: 5 } },
  ],
  watch: { psi: 0.1, groups: ['sex'] },
};
const merged = (file: JsonObject): JsonObject => mergeSpecs(PLAYBOOK, file).value;
const steps = (...entries: JsonObject[]): JsonObject[] => merged({ steps: entries })['steps'] as JsonObject[];
const names = (all: JsonObject[]): unknown[] =>
  all.map(({ gate, name, stage }) => (gate ? `gate ${gate as string}` : (name ?? stage)));

describe('a release file over a playbook', () => {
  test('changes nothing that it does not name', () => {
    expect(merged({})).toEqual(PLAYBOOK);
    expect(merged({ requester: 'rita' })).toEqual({ ...PLAYBOOK, requester: 'rita' });
  });

  test('replaces a value, merges fields, and null takes a field out', () => {
    expect(merged({ risk: 'low', watch: { psi: 0.2, groups: null } })).toMatchObject({
      risk: 'low',
      watch: { psi: 0.2 },
    });
    expect(merged({ watch: { groups: null } })['watch']).toEqual({ psi: 0.1 });
    expect(merged({ watch: null })).not.toHaveProperty('watch');
  });

  test('merges checks by name or metric, and adds new ones', () => {
    const [sandbox] = steps({
      stage: 'sandbox',
      checks: [
        { metric: 'auc', min: 0.7 },
        { name: 'smooth', severity: 'warning' },
        { metric: 'log-loss', max: 1 },
      ],
    });
    expect(sandbox!['checks']).toEqual([
      { metric: 'auc', min: 0.7 },
      { name: 'smooth', metric: 'brier', max: 0.2, severity: 'warning' },
      { metric: 'log-loss', max: 1 },
    ]);
  });

  test('merges gates by name, and drops a role', () => {
    const [, gate] = steps({ gate: 'canary', requires: { business: null, owner: 2 } });
    expect(gate).toEqual({ gate: 'canary', requires: { owner: 2 } });
  });

  test('tells the gate canary from the stage canary, and merges guards by metric', () => {
    const [, gate, canary] = steps({
      stage: 'canary',
      canary: {
        guards: [
          { metric: 'errors', margin: 0.2 },
          { metric: 'brier', margin: 0.1 },
        ],
      },
    });
    expect(gate).toEqual((PLAYBOOK['steps'] as JsonObject[])[1]);
    expect(canary!['canary']).toEqual({
      steps: [{ weight: 5 }, { weight: 50 }],
      guards: [
        { metric: 'errors', margin: 0.2 },
        { metric: 'brier', margin: 0.1 },
      ],
      alpha: 0.05,
    });
  });

  test('replaces the steps of a canary and lists of parameters as a whole', () => {
    const all = steps(
      { stage: 'canary', canary: { steps: [{ weight: 20 }] } },
      { stage: 'our-own', name: 'bias', parameters: { slices: ['c'] } },
    );
    expect(all[2]!['canary']).toMatchObject({ steps: [{ weight: 20 }] });
    expect(all[3]!['parameters']).toEqual({ slices: ['c'], k: 5 });
  });

  test('merges the check list by item', () => {
    const lower = {
      steps: [
        {
          stage: 'pre-production',
          parameters: { checklist: [{ item: 'rota' }, { item: 'peak', check: 'peak' }] },
        },
      ],
    };
    const upper = {
      steps: [{ stage: 'pre-production', parameters: { checklist: [{ item: 'rota', signedBy: 'sam' }] } }],
    };
    expect(mergeSpecs(lower, upper).value).toEqual({
      steps: [
        {
          stage: 'pre-production',
          parameters: {
            checklist: [
              { item: 'rota', signedBy: 'sam' },
              { item: 'peak', check: 'peak' },
            ],
          },
        },
      ],
    });
  });

  test('puts a new step behind the one that is written before it, or to the front', () => {
    const mine = { stage: 'mine', taskQueue: 'q' };
    expect(names(steps({ gate: 'canary' }, mine))).toEqual([
      'sandbox',
      'gate canary',
      'mine',
      'canary',
      'bias',
    ]);
    expect(names(steps(mine, { ...mine, name: 'two' }))).toEqual([
      'mine',
      'two',
      'sandbox',
      'gate canary',
      'canary',
      'bias',
    ]);
  });

  test('keeps a name that is written twice, so that lint can say so', () => {
    expect(names(steps({ stage: 'sandbox' }, { stage: 'sandbox' })).slice(0, 3)).toEqual([
      'sandbox',
      'sandbox',
      'gate canary',
    ]);
  });
});

test('a place of the merged steps leads to the file, and to nothing where only the playbook speaks', () => {
  const { inUpper } = mergeSpecs(PLAYBOOK, {
    steps: [
      { stage: 'mine', taskQueue: 'q' },
      {
        stage: 'sandbox',
        checks: [
          { metric: 'log-loss', max: 1 },
          { name: 'smooth', max: 0.3 },
        ],
      },
      { stage: 'canary', canary: { steps: [{ weight: 20 }] } },
    ],
  });
  expect(inUpper(['steps', 0, 'taskQueue'])).toEqual(['steps', 0, 'taskQueue']);
  expect(inUpper(['steps', 1, 'checks', 2, 'max'])).toEqual(['steps', 1, 'checks', 1, 'max']);
  expect(inUpper(['steps', 1, 'checks', 1])).toBeNull();
  expect(inUpper(['steps', 3, 'canary', 'steps', 0])).toEqual(['steps', 2, 'canary', 'steps', 0]);
  expect(inUpper(['steps', 2, 'requires'])).toBeNull();
  expect(inUpper(['watch', 'psi'])).toBeNull();
  expect(inUpper(['requester'])).toEqual(['requester']);
});
