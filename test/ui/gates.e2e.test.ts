// Proves that a person needs nothing but the Temporal Web UI to decide at a gate: the list finds the release by what it
// waits for, its page says what is asked and holds the JSON to paste, the signal dialog takes it and the release goes on;
// and whatever goes wrong in that dialog is answered on the page, and never wedges the release.
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../adapters/ledger/index.ts';
import type { Report } from '../../contracts/report.ts';
import { verifyChain } from '../../domain/ledger/index.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine, Release } from '../support/engine.ts';
import { taskFailures } from '../support/histories.ts';
import { gate, report, stage } from '../support/plans.ts';
import { unique } from '../support/unique.ts';
import { Approver, openBrowser } from './approver.ts';
import type { Encoding } from './approver.ts';

const measured: Report = {
  ...report('pass'),
  summary: 'AUC 0.742 on 12,000 flights; 3 checks passed, 1 warning',
  checks: [
    check('auc', 'pass', 'auc 0.742 (0.731 to 0.753, 12000 rows) is at least 0.70'),
    check('worst slice', 'pass', 'worst-slice-auc 0.661 (carrier = HA | 214 rows) is at least 0.60'),
    check('latency', 'pass', 'latency-p99 12.4 ms is at most 50 ms'),
    { ...check('calibration', 'fail', 'calibration-error 0.041 is above 0.03'), severity: 'warning' },
  ],
};

function check(name: string, verdict: 'pass' | 'fail', reason: string): Report['checks'][number] {
  return { name, metric: name, verdict, severity: 'blocking', reason };
}

const steps = [
  stage('sandbox'),
  gate('validation', { 'model-risk': 1, owner: 1 }, { timeoutSeconds: 86_400 }),
  stage('sandbox', { name: 'second-look' }),
];

let engine: Engine;
let browser: Browser;
let person: Approver;

beforeAll(async () => {
  engine = await startEngine({ stages: { sandbox: () => Promise.resolve(measured) } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await engine?.stop();
});
beforeEach(async () => {
  person = await Approver.at(browser, engine.stack.temporalUi);
});
afterEach(() => person.close());

async function atGate(): Promise<Release> {
  const release = await engine.start({ version: unique('v'), steps });
  await release.until('the gate', ({ situation }) => situation === 'deciding');
  return release;
}

const waitingFor = (role: string): string =>
  `ReleasePendingApprovals IN ('${role}') AND ExecutionStatus='Running'`;

async function soundAndUnwedged(release: Release): Promise<void> {
  expect(await taskFailures(release.handle)).toEqual([]);
  const entries = await engine.ledger.read(`release/${release.plan.model}/${release.plan.version}`);
  expect(verifyChain(entries, sha256)).toMatchObject({ valid: true });
}

describe('the right way', () => {
  test('from the list to the page, to the dialog, and the release goes on', async () => {
    const release = await atGate();
    const id = release.handle.workflowId;

    await person.find(waitingFor('model-risk'), id);
    await person.picture('list');
    await person.open(id);
    await person.picture('brief');
    const page = await person.readUntil('Who decides');
    const due = (await release.view()).gate?.dueAt ?? '';
    expect(page).toContain(`flight-delays ${release.plan.version}`);
    expect(page.replaceAll('\u00a0', ' ')).toContain(
      `Gate validation waits for people until ${due.slice(0, 10)} ${due.slice(11, 16)} UTC`,
    );
    expect(page).toContain('model-risk: 1 approval missing, from max or mia');
    expect(page).toContain('owner: 1 approval missing, from olga');
    const cells = await person.details().locator('table').nth(1).locator('td').allInnerTexts();
    expect(cells.map((cell) => cell.trim())).toEqual([
      ...['auc', '✓ pass', 'auc 0.742 (0.731 to 0.753, 12000 rows) is at least 0.70'],
      ...['worst slice', '✓ pass', 'worst-slice-auc 0.661 (carrier = HA | 214 rows) is at least 0.60'],
      ...['latency', '✓ pass', 'latency-p99 12.4 ms is at most 50 ms'],
      ...['calibration', '✗ fail (warning)', 'calibration-error 0.041 is above 0.03'],
    ]);

    const json = { ...(await person.jsonToPaste()), approver: 'max', comment: 'slices and latency read' };
    const { description } = await person.openSignal('approve');
    expect(description).toContain('Approve the open gate');
    expect(description).toContain('{"gate":');
    await person.fill(JSON.stringify(json, null, 2));
    await person.picture('dialog');
    await person.submit();
    await person.readUntil('✓ approved by max (model-risk)');

    // The list no longer shows it to model risk, but to the owner.
    await person.find(waitingFor('owner'), id);
    await person.open(id);
    await person.send('approve', JSON.stringify({ ...json, approver: 'olga', comment: '' }));
    expect((await release.handle.result()).outcome).toBe('completed');
    await person.readUntil('Completed: every step of the plan passed');
    await soundAndUnwedged(release);
  });

  test('a rejection with its reason ends the release', async () => {
    const release = await atGate();
    await person.find(waitingFor('owner'), release.handle.workflowId);
    await person.open(release.handle.workflowId);
    const json = await person.jsonToPaste();
    await person.send('reject', JSON.stringify({ ...json, approver: 'olga' }));
    await person.readUntil('a rejection needs a comment that says why');
    await person.send('reject', JSON.stringify({ ...json, approver: 'olga', comment: 'HA is too weak' }));
    expect(await release.handle.result()).toMatchObject({ outcome: 'rejected' });
    await person.readUntil('gate validation was rejected by olga: HA is too weak');
    await soundAndUnwedged(release);
  });
});

describe('wrong ways', () => {
  test('each is answered on the page, and the right way still works after all of them', async () => {
    const release = await atGate();
    await person.find(waitingFor('model-risk'), release.handle.workflowId);
    await person.open(release.handle.workflowId);
    const json = await person.jsonToPaste();
    const text = (more: object): string => JSON.stringify({ ...json, ...more });

    const wrong: [what: string, text: string, encoding: Encoding, answer: RegExp][] = [
      ['an empty box', '', 'json/plain', /the input was empty; send one JSON object such as/],
      [
        'the JSON as it was pasted',
        text({}),
        'json/plain',
        /YOUR NAME holds none of the roles .*model-risk, owner/,
      ],
      [
        'json/protobuf',
        text({ approver: 'max' }),
        'json/protobuf',
        /could not be decoded .* choose the encoding json\/plain/,
      ],
      ['a text', '"yes"', 'json/plain', /the input is a string \(yes\); send one JSON object/],
      ['a list', '[1, 2]', 'json/plain', /the input is a list; send one JSON object/],
      [
        'a shape with a part missing',
        '{"gate":"validation"}',
        'json/plain',
        /`approver` is missing or not a text/,
      ],
      [
        'another gate',
        text({ gate: 'release', approver: 'max' }),
        'json/plain',
        /gate release is not open; the open gate is validation/,
      ],
      [
        'other evidence',
        text({ approver: 'max', evidence: 'f'.repeat(64) }),
        'json/plain',
        /is not what gate validation shows/,
      ],
      ['numbers for names', text({ approver: 7 }), 'json/plain', /`approver` is missing or not a text/],
      ['the wrong role', text({ approver: 'sam' }), 'json/plain', /sam holds none of the roles/],
      ['the requester', text({ approver: 'rita' }), 'json/plain', /rita asked for this release/],
      [
        'markdown for a name',
        text({ approver: '\n# Approved\n```json\n{}\n```' }),
        'json/plain',
        /# Approved ```json/,
      ],
    ];
    for (const [what, input, encoding, answer] of wrong) {
      await person.send('approve', input, encoding);
      const page = await person.readUntil(answer);
      expect(page, what).toContain('Last refused message');
      expect(await person.details().locator('h1').allInnerTexts(), what).toEqual([
        `flight-delays ${release.plan.version}`,
      ]);
      expect(await person.jsonToPaste(), what).toEqual(json);
    }
    await person.picture('refused');

    await person.openSignal('approve');
    await person.fill('{"gate": "validation", ');
    // What is no JSON at all does not leave the browser.
    await person.submitButton().click();
    expect(await person.submitButton().isVisible()).toBe(true);
    await person.cancel();

    await person.send('approve', text({ approver: 'max' }));
    await person.readUntil('✓ approved by max (model-risk)');
    await person.send('approve', text({ approver: 'max' }));
    await person.readUntil('max has already voted at gate validation');

    await person.send('approve', text({ approver: 'olga' }));
    expect((await release.handle.result()).outcome).toBe('completed');
    await soundAndUnwedged(release);
    const entries = await engine.ledger.read(`release/${release.plan.model}/${release.plan.version}`);
    expect(entries.filter(({ type }) => type === 'MessageRefused')).toHaveLength(wrong.length + 1);
    expect(entries.filter(({ type }) => type === 'DecisionRecorded')).toHaveLength(2);
  });

  test('a decision that comes after the end does not seem to count: the dialog stays and says why', async () => {
    const release = await atGate();
    await person.find(waitingFor('model-risk'), release.handle.workflowId);
    await person.open(release.handle.workflowId);
    const json = await person.jsonToPaste();
    await person.openSignal('approve');
    await person.fill(JSON.stringify({ ...json, approver: 'max' }));
    await release.handle.signal('abort', { by: 'sam', reason: 'changed our minds' });
    expect((await release.handle.result()).outcome).toBe('aborted');
    await person.submitButton().click();
    await person.page
      .getByText(/already completed|not found/i)
      .locator('visible=true')
      .first()
      .waitFor();
    expect(await person.submitButton().isVisible()).toBe(true);
    await person.picture('too-late');
    await person.cancel();
    await person.readUntil('Aborted: aborted by sam: changed our minds');
    await soundAndUnwedged(release);
  });
});
