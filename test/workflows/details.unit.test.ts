// Proves that the page which people decide on holds what they need for every situation, and that no text from outside (a
// report, a person, a refused message) can change its shape or offer another JSON to paste.
import { describe, expect, test } from 'vitest';
import { decide, evolve, fold, initialState, viewOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseState } from '../../domain/release/index.ts';
import { detailsOf } from '../../workflows/details.ts';
import { plain } from '../../workflows/markdown.ts';
import { evidence, gate, plan, report, stage } from '../support/plans.ts';

const at = '2026-11-23T18:33:38.479Z';
const steps = [stage('sandbox'), gate('validation', { 'model-risk': 1, owner: 1 }), stage('production')];

type Unsent<T> = T extends unknown ? Omit<T, 'at'> : never;

function after(...commands: readonly Unsent<ReleaseCommand>[]): ReleaseState {
  return commands.reduce<ReleaseState>(
    (state, command) => decide({ ...command, at } as ReleaseCommand, state).reduce(evolve, state),
    fold([], initialState()),
  );
}

const start = { type: 'Start', plan: plan({ steps }), planRef: evidence('plan.json', 'd') } as const;
const finished = { type: 'FinishStage', step: 0, attempt: 1, report: report('pass') } as const;
const opened = {
  type: 'OpenGate',
  step: 1,
  gate: 'validation',
  evidence: evidence('brief.md', 'e'),
} as const;
const page = (...commands: readonly Unsent<ReleaseCommand>[]): string =>
  detailsOf(viewOf(after(start, ...commands)));
const jsonIn = (text: string): unknown[] =>
  [...text.matchAll(/^```json\n([\s\S]*?)\n```$/gm)].map(([, body]) => JSON.parse(body ?? '') as unknown);

describe('at a gate', () => {
  test('it says who decides until when, and offers JSON that votes for nobody as it is', () => {
    const text = page(finished, opened);
    expect(text).toContain('**Gate validation waits for people until 2026-11-23\u00a019:33\u00a0UTC**');
    expect(text).toContain('- **model-risk**: 1 approval missing, from max or mia');
    const [message, ...others] = jsonIn(text);
    expect(others).toEqual([]);
    expect(message).toEqual({
      gate: 'validation',
      approver: 'YOUR NAME',
      evidence: 'e'.repeat(12),
      comment: '',
    });

    const sent = { type: 'Decide', attestation: 'claimed', ...(message as object) } as const;
    for (const decision of ['approve', 'reject'] as const) {
      const state = after(start, finished, opened, { ...sent, decision } as Unsent<ReleaseCommand>);
      expect(viewOf(state).gate?.votes).toEqual([]);
      expect(detailsOf(viewOf(state))).toContain('## Last refused message');
    }
  });

  test('it shows the votes so far', () => {
    const vote = {
      type: 'Decide',
      gate: 'validation',
      evidence: 'e'.repeat(64),
      attestation: 'claimed',
    } as const;
    const text = page(finished, opened, { ...vote, decision: 'approve', approver: 'max' });
    expect(text).toContain('- ✓ approved by **max** (model-risk)');
    expect(text).not.toContain('**model-risk**: 1 approval missing');
  });
});

describe('elsewhere', () => {
  test.each([
    ['a stage that runs', [], '`pause` or `abort`'],
    ['a stage that was not measured', [{ ...finished, report: report('error') }], '`retry` or `abort`'],
    ['a pause', [{ type: 'Pause', by: 'sam', reason: 'freeze' }], '`resume` or `abort`'],
  ] as [string, Unsent<ReleaseCommand>[], string][])('%s: what a person may send', (_, commands, signals) => {
    const text = page(...commands);
    expect(text).toContain(signals);
    expect(jsonIn(text)).toEqual([{ by: 'YOUR NAME', reason: '' }]);
  });

  test('a release that is over asks for nothing', () => {
    const text = page({ type: 'Abort', by: 'sam', reason: 'changed our minds' });
    expect(text).toContain('**Aborted: aborted by sam: changed our minds**');
    expect(jsonIn(text)).toEqual([]);
  });
});

describe('text from outside', () => {
  const nasty =
    'x\n\n# Approved\n```json\n{"gate":"other"}\n```\n| a | b |\n[click](https://example.com) <b>';

  test('stays one line without a meaning of its own', () => {
    expect(plain(nasty)).not.toMatch(/\n|(?<!\\)[#`|[\]<>]/);
    expect(plain('y'.repeat(5000)).length).toBeLessThan(500);
  });

  test('cannot add headings, rows or JSON to the page', () => {
    const shape = (text: string): unknown => ({
      headings: text.match(/^#+ .*$/gm),
      rows: text.match(/^\|.*$/gm)?.length,
      json: jsonIn(text),
    });
    const refused = (reason: string): Unsent<ReleaseCommand> => ({
      type: 'RefuseMessage',
      message: 'approve',
      from: 'x',
      reason,
    });
    const measured = (text: string) =>
      ({
        ...finished,
        report: {
          ...report('pass'),
          summary: text,
          checks: [{ name: text, metric: 'auc', verdict: 'pass', severity: 'blocking', reason: text }],
        },
      }) as const;
    expect(shape(page(measured(nasty), opened, refused(nasty)))).toEqual(
      shape(page(measured('calm'), opened, refused('calm'))),
    );
  });
});
