// Proves on real servers that a version is reviewed while it serves: what the review finds takes nobody back, a gate that nobody signs
// shows as overdue on the page, in the list and in the ledger, and can still be signed; people keep the list of actions from the terminal;
// and a version that is superseded during its soak ends at once, not reviewed.
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../client/cli/exit-codes.ts';
import { listReleases } from '../../client/list.ts';
import type { StageInput } from '../../contracts/activities.ts';
import { modelWorkflowId, releaseWorkflowId } from '../../contracts/ids.ts';
import type { Report } from '../../contracts/report.ts';
import { runCli } from '../client/run-cli.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { report, shortReview } from '../support/plans.ts';
import { unique } from '../support/unique.ts';

let engine: Engine;
const reviewed: StageInput[] = [];
const finding: Report = {
  ...report('fail', 'review'),
  checks: [
    {
      name: 'auc-as-predicted',
      metric: 'auc',
      verdict: 'fail',
      severity: 'blocking',
      reason: '0.61, 0.67 predicted',
    },
  ],
};

beforeAll(async () => {
  engine = await startEngine({
    stages: {
      review: (input) => {
        reviewed.push(input);
        return Promise.resolve(finding);
      },
    },
  });
});
afterAll(() => engine.stop());

const action = (...args: string[]) =>
  runCli(['action', ...args], tmpdir(), { TEMPORAL_ADDRESS: engine.stack.temporalAddress });

const eventsOf = async (model: string, version: string): Promise<string[]> =>
  (await engine.ledger.read(releaseWorkflowId(model, version))).map(({ type }) => type);

test('overdue it shows, serves on, and is signed late; people keep its actions', async () => {
  const model = unique('reviewed');
  const release = await engine.start({ model, version: '1', steps: shortReview(1, 1) });
  const overdue = await release.until('overdue', ({ review }) => review?.status === 'overdue');
  const since = overdue.review?.overdueSince ?? '';
  expect(overdue.headline).toMatch(
    /^live since .*; review overdue since .*; gate review still waits for people$/,
  );
  expect(overdue.actions).toMatchObject([
    { id: 'a1', what: 'auc-as-predicted: 0.61, 0.67 predicted', owner: 'owner' },
  ]);
  const { promotion } = reviewed.find((input) => input.model === model) ?? {};
  expect(Object.keys(promotion?.from ?? {})).toEqual(['seatrial.predictions', 'seatrial.labels']);
  const page = (await release.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata'))
    .currentDetails;
  expect(page).toContain('**Review overdue since ');

  // The list follows the workflow by some seconds.
  await expect
    .poll(async () => (await listReleases(engine.client, { model }))[0], { timeout: 20_000 })
    .toMatchObject({ stage: 'review-overdue', reviewOverdueSince: since });

  const modelPage = async (): Promise<string> =>
    (
      await engine.client.workflow
        .getHandle(modelWorkflowId(model))
        .query<{ currentDetails?: string }>('__temporal_workflow_metadata')
    ).currentDetails ?? '';
  await expect.poll(modelPage, { timeout: 20_000 }).toContain('**Review of 1 overdue since ');

  const name = `${model}/1`;
  const asked = ['--what', 'look at Newark', '--due', '2030-01-01', '--as', 'bea', '--owner'];
  expect(await action('open', name, ...asked, 'owner')).toMatchObject({ code: 0, stderr: '' });
  const refused = await action('open', name, ...asked, 'ceo');
  expect(refused).toMatchObject({ code: exitCodes.refused.code, stdout: '' });
  expect(refused.stderr).toContain('nobody holds the role ceo');
  const why = ['--as', 'olga', '--reason', 'winter is unlike summer'];
  expect((await action('close', name, 'a1', ...why)).stdout.split('\n').slice(0, 3)).toEqual([
    expect.stringMatching(/^ACTION +STATE +OWNER +DUE +FROM +WHAT$/),
    expect.stringMatching(/^a2 +open +owner +2030-01-01 +bea +look at Newark$/),
    expect.stringMatching(/^a1 +closed by olga +owner +\S+ +review +auc-as-predicted: 0.61, 0.67 predicted$/),
  ]);
  const kept = await release.until('the list', ({ actions = [] }) => actions[0]?.closed !== null);
  expect(kept.actions?.map(({ id, closed }) => [id, closed?.by ?? null])).toEqual([
    ['a1', 'olga'],
    ['a2', null],
  ]);
  expect(kept.lastRefused?.reason).toContain('nobody holds the role ceo');

  for (const approver of ['olga', 'bea'])
    await release.handle.signal('approve', {
      gate: 'review',
      approver,
      evidence: overdue.gate?.evidence.sha256,
    });
  const signed = await release.until('signed', ({ review }) => review?.status === 'signed');
  expect(signed).toMatchObject({
    situation: 'live',
    outcome: null,
    rollback: null,
    review: { overdueSince: since },
  });
  await expect
    .poll(async () => (await listReleases(engine.client, { model }))[0], { timeout: 20_000 })
    .toMatchObject({ stage: 'live', reviewOverdueSince: null });
  await expect.poll(modelPage, { timeout: 20_000 }).not.toContain('overdue');
  await expect
    .poll(() => eventsOf(model, '1'))
    .toEqual(expect.arrayContaining(['ReviewOverdue', 'ActionOpened', 'ActionClosed', 'GateApproved']));
});

test('superseded during its soak it ends at once, not reviewed', async () => {
  const model = unique('superseded');
  const first = await engine.start({ model, version: '1', steps: shortReview(3600, 3600) });
  await first.until('the soak', ({ review }) => review?.status === 'soaking');
  const second = await engine.start({ model, version: '2', steps: shortReview(3600, 3600) });
  await second.until('the soak', ({ review }) => review?.status === 'soaking');
  const end = await first.handle.result();
  expect(end).toMatchObject({
    outcome: 'superseded',
    outcomeReason: 'version 2 serves now; not reviewed: superseded',
    review: { status: 'missed' },
  });
  const events = await eventsOf(model, '1');
  expect(events.slice(events.indexOf('ReleaseSuperseded')).slice(0, 3)).toEqual([
    'ReleaseSuperseded',
    'ReviewMissed',
    'ReleaseEnded',
  ]);
  expect(reviewed.some((input) => input.model === model)).toBe(false);
});
