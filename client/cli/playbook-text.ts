import type { PlaybookFile } from '../../contracts/schemas/playbook-file.ts';
import { stepOf } from '../plan-steps.ts';
import type { Playbook } from '../playbook/read-playbook.ts';
import { paint } from './output.ts';
import { span, stageLines } from './plan-text.ts';

type Spec = PlaybookFile['spec'];

/** A playbook in words, each limit with its reason. */
export function playbookText({
  name,
  version,
  sha256,
  summary,
  folder,
  spec,
  builtOn,
  changes,
  files,
}: Playbook): string {
  const lines = [
    `${paint('bold', `${name} ${version}`)}  ${summary}`,
    `risk ${spec.risk}, digest ${sha256}`,
    `in ${folder}`,
    ...builtOn.map((one) => `builds on ${one.name} ${one.version} (${one.sha256.slice(0, 12)})`),
    ...changes.map(
      ({ effect, text }) => `  ${effect === 'weaker' ? paint('yellow', effect) : effect}: ${text}`,
    ),
    '',
    paint('bold', 'Test plan'),
  ];
  spec.steps.forEach((step, index) => {
    stepLines(step).forEach((line, i) =>
      lines.push(i === 0 ? `${String(index + 1).padStart(2)}. ${line}` : `    ${line}`),
    );
  });
  const rollback = span(spec.rollback.objective);
  const skips =
    spec.skips === 'refused'
      ? 'no stage may be left out'
      : 'a stage is left out when a second person signs for it';
  return [
    ...lines,
    '',
    `rollback within ${rollback}; ${skips}`,
    ...section(
      'Why',
      spec.criteria.map(({ of, because, source }) => [
        of,
        source === undefined ? because : `${because} [${source}]`,
      ]),
    ),
    ...section('Roles', Object.entries(spec.roles)),
    ...section('Files that a release gives in spec.data', Object.entries(spec.needs)),
    ...section('Parameters that a release gives', Object.entries(spec.fill)),
    ...section(
      'Files',
      Object.keys(files).map((path) => [path, '']),
    ),
  ].join('\n');
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  return [
    '',
    paint('bold', title),
    ...rows.map(([key, text]) => (text === '' ? `  ${key}` : `  ${key}: ${text}`)),
  ];
}

function stepLines(step: Spec['steps'][number]): string[] {
  const plain = stepOf(step);
  if (plain.kind === 'stage') {
    const given = Object.entries(plain.parameters).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    return [...stageLines(plain, undefined), ...given];
  }
  return [
    `${paint('bold', `gate ${plain.name}`)}, within ${span(plain.timeoutSeconds)}, then ${plain.onTimeout}`,
    ...plain.requirements.map(({ role, requiredApproverCount }) => `${requiredApproverCount} of ${role}`),
  ];
}
