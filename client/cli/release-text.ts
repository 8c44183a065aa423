import type { GateView, PlaybookView, ReleaseView, StepView } from '../../contracts/release-view.ts';
import type { CheckResult } from '../../contracts/report.ts';
import { playbookLine } from '../../domain/playbook/index.ts';
import type { ReleaseSummary } from '../list.ts';
import { serves } from '../../contracts/release-view.ts';
import { actionTable } from './action-commands.ts';
import { columns, paint } from './output.ts';

/** A release as a page for people. */
export function releasePage(view: ReleaseView, link: string | undefined): string {
  const name = `${view.model}/${view.version}`;
  const state = view.outcome ?? (view.paused ? `${view.situation}, paused` : view.situation);
  const lines = [
    `${paint('bold', name)}  ${paint(stateStyle(view), state)}`,
    view.summary,
    `asked for by ${view.requester}, risk ${view.risk}, plan ${view.planSha256.slice(0, 12)}`,
    ...(view.playbook ? playbookLines(view.playbook) : []),
    '',
    progressBar(view),
    ...view.steps.flatMap(stepLines),
    '',
    view.outcomeReason ?? view.headline,
  ];
  if (view.review?.status === 'overdue')
    lines.push(paint('red', `review overdue since ${view.review.overdueSince ?? ''}`));
  if (view.traffic) {
    lines.push(
      `traffic: ${view.traffic.arms.map(({ version, weight }) => `${version} ${weight} %`).join(', ')}`,
    );
  }
  if (view.rollback) {
    const time = view.rollback.seconds === null ? 'under way' : `took ${view.rollback.seconds} s`;
    lines.push(`rollback ${time}: ${view.rollback.reason}`);
  }
  if (view.actions && view.actions.length > 0) lines.push('', actionTable(view.actions));
  if (view.gate) lines.push('', ...gateLines(name, view.gate));
  if (view.lastRefused) {
    lines.push(paint('yellow', `last refused: ${view.lastRefused.message}: ${view.lastRefused.reason}`));
  }
  if (link !== undefined) lines.push('', `Temporal UI: ${link}`);
  return lines.join('\n');
}

/** Where the plan's rules came from, and what it asks less of. */
function playbookLines(playbook: PlaybookView): string[] {
  return [
    playbookLine(playbook),
    ...playbook.weaker.map((text) => `  ${paint('yellow', 'weaker')}: ${text}`),
  ];
}

/** One line for a log, printed when something changes. */
export function releaseLine(view: ReleaseView): string {
  const step = view.step === null ? '' : ` ${view.step}:`;
  return `${view.model}/${view.version} ${view.outcome ?? view.situation}:${step} ${view.outcomeReason ?? view.headline}`;
}

export function progressBar({ steps }: Pick<ReleaseView, 'steps'>, width = 30): string {
  const done = steps.filter(({ status }) => status === 'done' || status === 'skipped').length;
  const full = steps.length === 0 ? 0 : Math.round((done / steps.length) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done} of ${steps.length} steps`;
}

export function releaseTable(releases: readonly ReleaseSummary[]): string {
  if (releases.length === 0) return 'no releases';
  const rows = releases.map((one) => [
    one.release.replace(/^release\//, ''),
    one.status.toLowerCase(),
    one.stage ?? '-',
    one.risk ?? '-',
    one.pendingRoles.join(', ') || '-',
    one.reviewOverdueSince === null ? (one.approvalDueAt ?? '-') : `overdue since ${one.reviewOverdueSince}`,
    one.startedAt,
  ]);
  return columns([['RELEASE', 'STATUS', 'STAGE', 'RISK', 'AWAITING', 'DUE', 'STARTED'], ...rows]);
}

const marks = { waiting: ' ', active: '>', done: 'x', skipped: '-' } as const;

function stepLines(step: StepView): string[] {
  const name = step.kind === 'gate' ? `gate ${step.name}` : step.name;
  const verdict = step.skipped
    ? 'skipped'
    : (step.verdict ?? (step.status === 'active' ? 'in progress' : ''));
  const time = step.seconds === null ? '' : ` (${step.seconds} s)`;
  const head = `[${marks[step.status]}] ${name.padEnd(20)} ${paint(verdictStyle(step.verdict), verdict)}${time}`;
  const said = step.summary === null ? [] : [`      ${step.summary}`];
  return [head.trimEnd(), ...said, ...step.checks.filter(needsALook).map(checkLine)];
}

const needsALook = ({ verdict }: CheckResult): boolean => verdict !== 'pass';
const checkLine = (check: CheckResult): string =>
  `      ${paint(verdictStyle(check.verdict), check.verdict)} ${check.name} (${check.severity}): ${check.reason}`;

function gateLines(release: string, gate: GateView): string[] {
  const first = gate.pending[0];
  const person = first?.people[0] ?? 'NAME';
  const digest = gate.evidence.sha256.slice(0, 12);
  const json = JSON.stringify({ gate: gate.name, approver: person, evidence: digest, comment: '' });
  return [
    `${paint('bold', `gate ${gate.name}`)} (${gate.reason}) waits until ${gate.dueAt} for`,
    ...gate.pending.map(
      ({ role, missing, people }) => `  ${missing} of ${role}: ${people.join(', ') || 'nobody is left'}`,
    ),
    ...gate.votes.map(({ person: who, role, decision }) => `  ${who} (${role}) said ${decision}`),
    `  evidence ${gate.evidence.name} ${digest}`,
    `  approve: seatrial approve ${release} ${gate.name} --as ${person} --evidence ${digest} --reason "..."`,
    `  or, in the Temporal UI, the signal \`approve\` with ${json}`,
  ];
}

function stateStyle(view: ReleaseView): 'green' | 'red' | 'yellow' | 'cyan' {
  if (view.outcome === 'completed' || view.outcome === 'superseded' || serves(view)) return 'green';
  if (view.outcome !== null || view.situation === 'rolling-back') return 'red';
  return view.paused || view.situation === 'deciding' || view.situation === 'held' ? 'yellow' : 'cyan';
}

function verdictStyle(verdict: StepView['verdict']): 'green' | 'red' | 'yellow' | 'reset' {
  if (verdict === 'pass') return 'green';
  if (verdict === 'fail') return 'red';
  return verdict === null ? 'reset' : 'yellow';
}
