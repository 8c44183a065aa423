/**
 * The least that the client's calls need of a release: one open gate, which max may approve for evidence `e...e`, and commands of
 * which `pause` is taken and `retry` refused. The real release is tested with its own workers.
 */
import * as wf from '@temporalio/workflow';
import type {
  OperatorMessage,
  ReleaseInput,
  DecisionAnswer,
  SubmitDecision,
} from '../../contracts/messages.ts';
import type { ReleaseView } from '../../contracts/release-view.ts';

export const EVIDENCE = 'e'.repeat(64);

export async function releaseWorkflow({ plan, planRef }: ReleaseInput): Promise<void> {
  let entries = 1;
  let approved = false;
  let paused = false;
  let over = false;
  let lastRefused: ReleaseView['lastRefused'] = null;
  wf.setHandler(wf.defineQuery<ReleaseView>('state'), (): ReleaseView => ({
    model: plan.model,
    version: plan.version,
    summary: plan.summary,
    risk: plan.risk,
    requester: plan.requester,
    planSha256: planRef.sha256,
    situation: over ? 'ended' : approved ? 'ready' : 'deciding',
    paused,
    step: 'validation',
    headline: approved ? 'validation is approved' : 'validation waits for model-risk',
    steps: [],
    gate: approved
      ? null
      : {
          name: 'validation',
          reason: 'planned',
          pending: [{ role: 'model-risk', missing: 1, people: ['max'] }],
          votes: [],
          evidence: { name: 'report.json', sha256: EVIDENCE, bytes: 1, mediaType: 'application/json' },
          dueAt: '2026-03-03T00:00:00.000Z',
        },
    traffic: null,
    rollback: null,
    outcome: over ? 'aborted' : null,
    outcomeReason: over ? 'olga ended it: enough' : null,
    lastRefused,
    ledger: { stream: `release/${plan.model}/${plan.version}`, entries },
  }));
  wf.setHandler(
    wf.defineUpdate<DecisionAnswer, [SubmitDecision]>('submitDecision'),
    ({ approver, evidence }) => {
      const refused =
        approver !== 'max'
          ? `${approver} holds none of the roles`
          : !EVIDENCE.startsWith(evidence)
            ? 'another evidence is shown now'
            : undefined;
      entries += 1;
      if (refused !== undefined) return { accepted: false, reason: refused };
      approved = true;
      return { accepted: true, reason: 'recorded' };
    },
  );
  wf.setHandler(wf.defineSignal<[OperatorMessage]>('pause'), () => {
    paused = true;
    entries += 1;
  });
  wf.setHandler(wf.defineSignal<[OperatorMessage]>('retry'), () => {
    lastRefused = { message: 'retry', reason: 'no stage is held', at: new Date(Date.now()).toISOString() };
    entries += 1;
  });
  wf.setHandler(wf.defineSignal<[OperatorMessage]>('abort'), () => {
    over = true;
    entries += 1;
  });
  await wf.condition(() => over);
}
