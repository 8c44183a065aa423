// Proves: what a release asks less of than its playbook is seen by those who decide: in the view, in each gate's brief, on the page in the
// Temporal Web UI and in `seatrial get`; and where the playbook refuses skips, neither the plan nor a person leaves out a stage.
import { describe, expect, test } from 'vitest';
import { gateBriefActivities } from '../../activities/gate-brief.ts';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import { releasePage } from '../../client/cli/release-text.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { PlanPlaybook } from '../../contracts/playbook.ts';
import { filesOf } from '../../domain/dossier/index.ts';
import { decide, evolve, initialState, viewOf } from '../../domain/release/index.ts';
import type { ReleaseCommand, ReleaseEvent, ReleaseState } from '../../domain/release/index.ts';
import { detailsOf } from '../../workflows/details.ts';
import { evidence, gate, plan, stage } from '../support/plans.ts';
import { specification } from '../support/specification.ts';

const given = specification<ReleaseCommand, ReleaseEvent, ReleaseState>({ decide, evolve, initialState });
const at = '2026-11-26T00:00:00.000Z';
const change = { step: 'canary', field: 'canary.steps', was: 5, is: 20, of: 'standard' } as const;
const playbook: PlanPlaybook = {
  name: 'team',
  version: '1.2.0',
  sha256: 'a'.repeat(64),
  builtOn: [{ name: 'standard', version: '1.0.0', sha256: 'b'.repeat(64) }],
  files: { 'team/ethics.md': evidence('ethics.md', 'e') },
  changes: [
    { ...change, effect: 'weaker', text: '`canary` starts at 20 % where `team` starts at 5 %' },
    {
      ...change,
      effect: 'weaker',
      by: 'team',
      text: 'the stage `shadow` is left out, where `standard` has it',
    },
    { ...change, effect: 'stricter', text: 'the gate `canary` needs 2 of owner where `team` needs 1' },
    { ...change, effect: 'other', text: '`sandbox` sets labelColumn to repaid where `team` has late' },
  ],
};
const steps = [stage('sandbox'), gate('release', { owner: 1 }), stage('production')];
const start = (more: Partial<Plan>): ReleaseCommand => ({
  type: 'Start',
  plan: plan({ steps, ...more }),
  planRef: evidence('plan.json', 'd'),
  at,
});
const lost: ReleaseCommand = {
  type: 'FailStage',
  step: 0,
  attempt: 1,
  failure: { type: 'ServingUnavailable', message: 'no answer' },
  at,
};
const events = (...commands: ReleaseCommand[]): ReleaseEvent[] => {
  let state = initialState();
  return commands.flatMap((command) => {
    const decided = decide(command, state);
    state = decided.reduce(evolve, state);
    return decided;
  });
};
const viewAfter = (...commands: ReleaseCommand[]) =>
  viewOf(events(...commands).reduce(evolve, initialState()));

describe('what is weaker than the playbook', () => {
  const view = viewAfter(start({ playbook }));
  const weaker = [
    '`canary` starts at 20 % where `team` starts at 5 %',
    'the stage `shadow` is left out, where `standard` has it (the playbook `team` says so)',
  ];

  test('is in the view, apart from what is stricter and what is neither', () => {
    expect(view.playbook).toEqual({
      name: 'team',
      version: '1.2.0',
      weaker,
      stricter: ['the gate `canary` needs 2 of owner where `team` needs 1'],
      other: ['`sandbox` sets labelColumn to repaid where `team` has late'],
    });
    expect(viewAfter(start({}))).not.toHaveProperty('playbook');
  });

  test('stands in the brief before any stage', async () => {
    let brief = '';
    const store = {
      put: (content: string, label: { name: string; mediaType: string }) => {
        brief = content;
        return Promise.resolve({ ...label, sha256: 'f'.repeat(64), bytes: content.length });
      },
    } as unknown as EvidenceStore;
    const { prepareGateBrief } = gateBriefActivities({ evidence: store });
    await prepareGateBrief({ planRef: evidence('plan.json'), gate: 'release', step: 1, view });
    expect(brief).toContain('Playbook team 1.2.0, weaker in 2 points and stricter in 1 point.\n');
    expect(brief).toContain(`## Weaker than its playbook\n\n${weaker.map((one) => `- ${one}`).join('\n')}\n`);
    expect(brief).toContain('## Stricter than its playbook\n\n- the gate `canary` needs 2');
    await prepareGateBrief({
      planRef: evidence('plan.json'),
      gate: 'release',
      step: 1,
      view: viewAfter(start({})),
    });
    expect(brief).not.toContain('laybook');
  });

  test('stands on the page of the Web UI before the steps, and in `seatrial get`', () => {
    const page = detailsOf(view);
    expect(page.indexOf('## Weaker than its playbook')).toBeGreaterThan(0);
    expect(page.indexOf('## Weaker than its playbook')).toBeLessThan(page.indexOf('## Steps'));
    expect(page).toContain('starts at 20 % where');
    const text = releasePage(view, undefined);
    for (const one of weaker) expect(text).toContain(`weaker: ${one}`);
    expect(detailsOf(viewAfter(start({})))).not.toContain('laybook');
  });

  test('and the playbook’s files are documents of the release', () => {
    expect(filesOf(events(start({ playbook })))).toContainEqual({
      ...evidence('ethics.md', 'e'),
      from: 'playbook',
    });
  });
});

describe('a playbook that refuses skips', () => {
  const strict: PlanPlaybook = { ...playbook, skips: 'refused' };
  const skip: ReleaseCommand = { type: 'Skip', stage: 'sandbox', by: 'max', reason: 'no staging', at };
  const why = 'the playbook team lets no stage be left out';

  test('is kept when a person sends skip, and another playbook lets them', () => {
    given(events(start({ playbook: strict }), lost))
      .when(skip)
      .then([{ type: 'MessageRefused', data: { message: 'skip', from: 'max', reason: why }, at }]);
    given(events(start({ playbook }), lost))
      .when(skip)
      .thenTypes(['StageSkipped', 'GateReached']);
  });

  test('is kept when the plan itself leaves one out', () => {
    const skipped = [stage('sandbox', { skip: { reason: 'no time', approvedBy: 'max' } }), ...steps.slice(1)];
    given([])
      .when(start({ playbook: strict, steps: skipped }))
      .thenTypes(['ReleaseRequested', 'StageErrored']);
  });
});
