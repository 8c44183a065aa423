import type { GateBriefInput } from '../contracts/activities.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import type { StepView } from '../contracts/release-view.ts';
import { playbookLine } from '../domain/playbook/index.ts';
import type { ActivityContext } from './context.ts';
import { evidenceFailures } from './plan.ts';

/**
 * The page that people decide on. It names by digest the plan and every piece of evidence so far, so a decision that is
 * bound to this page's digest is bound to all of them.
 */
export function gateBriefActivities({ evidence }: Pick<ActivityContext, 'evidence'>): {
  prepareGateBrief: (input: GateBriefInput) => Promise<EvidenceRef>;
} {
  return {
    prepareGateBrief: (input) =>
      evidenceFailures(`the brief of gate ${input.gate}`, () =>
        evidence.put(briefOf(input), { name: `brief-${input.gate}.md`, mediaType: 'text/markdown' }),
      ),
  };
}

function briefOf({ gate, planRef, view }: GateBriefInput): string {
  const lines = [
    `# Brief for gate ${gate}: ${view.model} ${view.version}`,
    '',
    `${view.summary}. Risk ${view.risk}, asked for by ${view.requester}.`,
    '',
    `Plan: ${planRef.sha256} (${planRef.name})`,
    '',
    ...playbookSection(view),
    ...skippedSection(view.steps),
    ...view.steps.filter(({ verdict, kind }) => kind === 'stage' && verdict !== null).flatMap(stageSection),
  ];
  return `${lines.join('\n')}\n`;
}

/** Where the rules came from, and what this release asks less of. */
function playbookSection({ playbook }: GateBriefInput['view']): string[] {
  if (playbook === undefined) return [];
  const { weaker, stricter, other } = playbook;
  const listed = (title: string, sentences: readonly string[]): string[] =>
    sentences.length === 0 ? [] : [`## ${title}`, '', ...sentences.map((one) => `- ${one}`), ''];
  return [
    `${playbookLine(playbook)}.`,
    '',
    ...listed('Weaker than its playbook', weaker),
    ...listed('Stricter than its playbook', stricter),
    ...listed('Otherwise than its playbook', other),
  ];
}

/** What was left out is said first, in every brief that follows. */
function skippedSection(steps: readonly StepView[]): string[] {
  const lines = steps.flatMap(({ name, skipped }) =>
    skipped ? [`- ${name}, signed for by ${skipped.approvedBy}: ${skipped.reason}`] : [],
  );
  return lines.length === 0 ? [] : ['## Skipped stages', '', ...lines, ''];
}

function stageSection(step: StepView): string[] {
  const checks = step.checks.map(
    (check) => `| ${check.name} | ${check.verdict} | ${check.severity} | ${check.reason} |`,
  );
  const metrics = Object.entries(step.metrics).map(([name, { value, unit, samples, lower, upper }]) => {
    const interval = lower !== undefined && upper !== undefined ? ` (${lower} to ${upper})` : '';
    return `| ${name} | ${value}${interval} ${unit} | ${samples ?? ''} |`;
  });
  return [
    `## ${step.name}: ${step.verdict ?? step.status}`,
    '',
    step.summary ?? '',
    '',
    ...(checks.length > 0
      ? ['| check | verdict | severity | why |', '|---|---|---|---|', ...checks, '']
      : []),
    ...(metrics.length > 0 ? ['| metric | value | samples |', '|---|---|---|', ...metrics, ''] : []),
    ...step.evidence.map(({ name, sha256, bytes }) => `- ${name}: ${sha256} (${bytes} bytes)`),
    '',
  ];
}
