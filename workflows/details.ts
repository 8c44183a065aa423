import { isUnderReview, openFirst } from '../contracts/release-view.ts';
import type { GateView, ReleaseView, StepView } from '../contracts/release-view.ts';
import type { Verdict } from '../contracts/report.ts';
import { playbookLine } from '../domain/playbook/index.ts';
import { blocks, json, plain, readableTimes, table } from './markdown.ts';

/** Nobody has this name, so JSON that is sent as it was pasted is refused and votes for nobody. */
const YOUR_NAME = 'YOUR NAME';

const marks: Readonly<Record<Verdict, string>> = {
  pass: '✓ pass',
  fail: '✗ **fail**',
  inconclusive: '? **inconclusive**',
  error: '! **error**',
};

/**
 * The page of a release under "User Metadata", in the order in which an approver reads: what is going on, what is asked
 * of whom until when, what the last message got wrong, the evidence, and then the JSON to paste.
 */
export function detailsOf(view: ReleaseView): string {
  const { model, version, ledger } = view;
  return blocks(
    `# ${model} ${version}`,
    `**${plain(capital(view.headline))}**`,
    `${plain(capital(view.summary))}. Risk **${view.risk}**, asked for by **${plain(view.requester)}**, plan \`${short(view.planSha256)}\`.`,
    trafficLine(view),
    reviewLine(view),
    view.gate ? whoDecides(view.gate) : '',
    lastRefused(view),
    actionsSection(view),
    playbookSection(view),
    skippedSection(view),
    '## Steps',
    table(['step', 'verdict', 'what'], view.steps.map(stepRow)),
    ...view.steps.map(checksOf),
    view.gate ? howToDecide(view, view.gate) : operatorSection(view),
    `Ledger \`${ledger.stream}\`, ${ledger.entries} entries; check it with \`seatrial verify ${model}/${version}\`.`,
  );
}

function whoDecides({ reason, pending, votes }: GateView): string {
  const missing = pending.map(
    ({ role, missing: count, people }) =>
      `- **${plain(role)}**: ${count} ${count === 1 ? 'approval' : 'approvals'} missing, from ${people.length > 0 ? plain(people.join(' or ')) : 'nobody: all who hold the role have voted or asked for the release'}`,
  );
  const cast = votes.map(
    ({ person, role, decision }) =>
      `- ${decision === 'approve' ? '✓ approved' : '✗ rejected'} by **${plain(person)}** (${plain(role)})`,
  );
  return blocks(
    '## Who decides',
    [...missing, ...cast].join('\n'),
    reason === 'inconclusive'
      ? 'A stage had **not enough evidence**. Approve to go on without it, reject, or send `retry` to measure again.'
      : '',
  );
}

function lastRefused({ lastRefused: refused }: ReleaseView): string {
  if (!refused) return '';
  return blocks(
    '## Last refused message',
    `\`${refused.message}\` at ${readableTimes(refused.at)} had no effect: ${plain(refused.reason)}`,
  );
}

/** Where the rules came from, and what this release asks less of. */
function playbookSection({ playbook }: ReleaseView): string {
  if (playbook === undefined) return '';
  const rows = playbook.weaker.map((sentence) => `- ${plain(sentence)}`);
  return blocks(
    `${plain(playbookLine(playbook))}.`,
    ...(rows.length === 0 ? [] : ['## Weaker than its playbook', rows.join('\n')]),
  );
}

/** What was left out is said before what was done. */
function skippedSection({ steps }: ReleaseView): string {
  const rows = steps.flatMap(({ name, skipped }) =>
    skipped
      ? [`- **${plain(name)}**, signed for by **${plain(skipped.approvedBy)}**: ${plain(skipped.reason)}`]
      : [],
  );
  return rows.length === 0 ? '' : blocks('## Skipped', rows.join('\n'));
}

/** Says for ever, and near the top, that nobody reviewed what serves. */
function reviewLine({ review }: ReleaseView): string {
  if (review?.overdueSince && review.status === 'overdue')
    return `⚠ **Review overdue since ${readableTimes(review.overdueSince)}.** The version serves all the same. It can still be signed.`;
  return review?.missed ? `⚠ **${plain(capital(review.missed))}.**` : '';
}

function actionsSection({ actions = [], review }: ReleaseView): string {
  if (actions.length === 0 && !isUnderReview(review)) return '';
  const rows = openFirst(actions).map(({ id, what, owner, dueAt, by, closed }) => [
    id,
    plain(what),
    `${plain(owner)}, by ${dueAt.slice(0, 10)}`,
    closed ? `closed by ${plain(closed.by)}: ${plain(closed.reason)}` : `open, from ${plain(by)}`,
  ]);
  const open = actions.filter(({ closed }) => closed === null).length;
  return blocks(
    `## Actions, ${open} open`,
    rows.length === 0 ? 'None.' : table(['action', 'what', 'owner', 'state'], rows),
    // In the line, so that a page has one JSON block to paste, the one that decides.
    `Signal \`openAction\` with \`{"what":"","owner":"","due":"2026-12-31","by":"${YOUR_NAME}"}\`, or \`closeAction\` with \`{"action":"a1","by":"${YOUR_NAME}","reason":""}\`.`,
  );
}

function stepRow(step: StepView): string[] {
  const verdict = step.skipped ? '– **skipped**' : step.verdict === null ? step.status : marks[step.verdict];
  const took = step.seconds === null ? '' : ` (${step.seconds.toFixed(1)}\u00a0s)`;
  const what = step.summary === null ? '' : `${plain(step.summary)}${took}`;
  return [`${plain(step.name)}${step.kind === 'gate' ? ' (gate)' : ''}`, verdict, what];
}

function checksOf({ name, checks }: StepView): string {
  if (checks.length === 0) return '';
  const rows = checks.map((check) => [
    plain(check.name),
    `${marks[check.verdict]}${check.severity === 'warning' ? ' (warning)' : ''}`,
    plain(check.reason),
  ]);
  return blocks(`### Checks of ${plain(name)}`, table(['check', 'verdict', 'why'], rows));
}

function howToDecide({ model, version }: ReleaseView, gate: GateView): string {
  const evidence = short(gate.evidence.sha256);
  const message = json({ gate: gate.name, approver: YOUR_NAME, evidence, comment: '' });
  return blocks(
    '## To decide',
    'More Actions → Send a Signal → `approve` or `reject`, encoding json/plain. Paste this and put your own name; a rejection needs a comment that says why.',
    message,
    `Your decision counts for the evidence \`${evidence}\`: the file ${plain(gate.evidence.name)}, which names by digest everything above.`,
    `Or in a terminal: \`seatrial approve ${model}/${version} ${gate.name} --as YOUR-NAME\``,
    'Names are **claimed**, not authenticated, on a server without an authorizer.',
  );
}

/** What a person may send when no gate is open. */
function operatorSection({ situation, paused, outcome, step, review }: ReleaseView): string {
  if (outcome !== null) return '';
  // What serves already is not aborted but rolled back.
  const end = isUnderReview(review) ? '`rollback`' : '`abort`';
  const signals = paused
    ? `\`resume\` or ${end}`
    : situation === 'held'
      ? `\`retry\` or ${end}`
      : situation === 'live'
        ? '`rollback`'
        : situation === 'rolling-back'
          ? ''
          : `\`pause\` or ${end}`;
  if (signals === '') return '';
  return blocks(
    '## To steer',
    `More Actions → Send a Signal → ${signals}, encoding json/plain, with`,
    json({ by: YOUR_NAME, reason: '' }),
    situation === 'held' && step !== null
      ? `A second person may leave out a stage: \`skip\` with \`{"stage":"${plain(step)}","by":"${YOUR_NAME}","reason":""}\`. It stays visible at every gate that follows.`
      : '',
  );
}

function trafficLine({ traffic }: ReleaseView): string {
  if (!traffic) return '';
  const arms = traffic.arms.map(({ arm, version, weight }) => `${weight} % ${version} (${arm})`);
  return `**Traffic:** ${arms.join(', ')}; ${traffic.changes} ${traffic.changes === 1 ? 'change' : 'changes'} so far.`;
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
