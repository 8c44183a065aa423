import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { CheckResult } from '../contracts/report.ts';
import type { GateView, ReleaseView } from '../contracts/release-view.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';

/**
 * What a person sees in the Temporal Web UI: search attributes for the list, and a page of markdown for the release.
 * Attributes are written only when they change: each write is an event of the history.
 */
export class Presentation {
  private shown = '';

  show(view: ReleaseView): void {
    setCurrentDetails(detailsOf(view));
    const stage = view.outcome ?? view.step ?? view.situation;
    const pending = view.gate?.pending.map(({ role }) => role) ?? [];
    const due = view.gate?.dueAt ?? null;
    const now = JSON.stringify([stage, pending, due]);
    if (now === this.shown) return;
    this.shown = now;
    upsertSearchAttributes([
      { key: searchAttributes.stage, value: stage },
      { key: searchAttributes.pendingApprovals, value: pending.length > 0 ? pending : null },
      { key: searchAttributes.approvalDueAt, value: due === null ? null : new Date(due) },
    ]);
  }
}

export function detailsOf(view: ReleaseView): string {
  const sections = [
    `# ${view.model} ${view.version}: ${view.headline}`,
    `${view.summary} · risk **${view.risk}** · asked for by **${view.requester}** · plan \`${view.planSha256.slice(0, 12)}\``,
    view.gate ? gateSection(view.gate) : '',
    view.lastRefused
      ? `## Last refused message\n\`${view.lastRefused.message}\` at ${view.lastRefused.at}: ${view.lastRefused.reason}`
      : '',
    stepTable(view),
    checkTable(view),
    trafficLine(view),
    `Ledger \`${view.ledger.stream}\`, ${view.ledger.entries} entries; check it with \`seatrial verify ${view.model}/${view.version}\`.`,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function gateSection(gate: GateView): string {
  const asked = gate.pending.map(
    ({ role, missing, people }) =>
      `- **${role}**: ${missing} more, of ${people.join(', ') || 'nobody who may still vote'}`,
  );
  const votes = gate.votes.map(({ person, role, decision }) => `- ${decision} by ${person} (${role})`);
  const evidence = gate.evidence.sha256.slice(0, 12);
  const who = gate.pending[0]?.people[0] ?? 'your name';
  const paste = (comment: string) =>
    '```json\n' + JSON.stringify({ gate: gate.name, approver: who, evidence, comment }, null, 2) + '\n```';
  return [
    `## Gate \`${gate.name}\`: people decide until ${gate.dueAt}`,
    gate.reason === 'inconclusive'
      ? 'A stage had **not enough evidence**. Approve to accept that, send `retry` to measure again.'
      : '',
    asked.join('\n'),
    votes.length > 0 ? `Votes so far:\n\n${votes.join('\n')}` : '',
    `Read the evidence \`${evidence}\` (\`${gate.evidence.name}\`), then send the signal \`approve\` with`,
    paste('what you looked at'),
    'or the signal `reject` with',
    paste('why'),
    'Put your own name. Names are **claimed**, not authenticated, on a server without an authorizer.',
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

function stepTable(view: ReleaseView): string {
  const rows = view.steps.map(
    (step) =>
      `| ${step.name}${step.kind === 'gate' ? ' (gate)' : ''} | ${step.verdict ?? step.status} | ${seconds(step.seconds)} | ${cell(step.summary ?? '')} |`,
  );
  return ['## Steps', '', '| step | verdict | time | what |', '|---|---|---|---|', ...rows].join('\n');
}

function checkTable(view: ReleaseView): string {
  const checks = view.steps.flatMap((step) =>
    step.checks.map((check): [string, CheckResult] => [step.name, check]),
  );
  if (checks.length === 0) return '';
  const rows = checks.map(
    ([step, check]) =>
      `| ${step} | ${cell(check.name)} | **${check.verdict}**${check.severity === 'warning' ? ' (warning)' : ''} | ${cell(check.reason)} |`,
  );
  return ['## Checks', '', '| stage | check | verdict | why |', '|---|---|---|---|', ...rows].join('\n');
}

function trafficLine(view: ReleaseView): string {
  if (!view.traffic) return '';
  const arms = view.traffic.arms
    .map(({ arm, version, weight }) => `${weight} % ${version} (${arm})`)
    .join(', ');
  return `**Traffic:** ${arms}; ${view.traffic.changes} changes so far.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function seconds(value: number | null): string {
  return value === null ? '' : `${value.toFixed(1)} s`;
}
