import type { Blueprint, BlueprintCell, Dossier, Trial } from '../../domain/dossier/index.ts';
import { asNumber } from '../../domain/plan/index.ts';
import { columns, paint } from './output.ts';

/** A dossier on a terminal: why there is such a version, what was found, the living blueprint, and what is not known. */
export function dossierText(dossier: Dossier): string {
  const { model, version, state, headline, summary, requester, risk, artifact, plan, ledger } = dossier;
  return [
    `${paint('bold', `${model}/${version}`)}  ${state}`,
    summary,
    `asked for by ${requester}, risk ${risk}, plan ${short(plan.sha256)}, artifact ${short(artifact.sha256)}`,
    headline,
    ...section('why', whyLines(dossier)),
    ...section('trials', dossier.trials.flatMap(trialLines)),
    ...section('decisions', decisionLines(dossier)),
    ...section('blueprint', blueprintLines(dossier.blueprint)),
    ...section('not known', dossier.unknown),
    ...section('ledger', [
      `${ledger.head.seq} entries to ${ledger.at}, head ${ledger.head.hash}`,
      `seatrial verify ${model}/${version} --head ${ledger.head.seq}:${ledger.head.hash}`,
    ]),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((line) => `  ${line}`)];

function whyLines({ origin, requester }: Dossier): string[] {
  const { retraining, drift, ancestors } = origin;
  if (retraining === null) return [`${requester} brought it`];
  return [
    `retraining ${retraining.decision}: ${retraining.reason}`,
    ...drift.map(({ id, at }) => `drift event ${id}, heard ${at}`),
    ...(retraining.approval ? [`decided by ${retraining.approval.by}: ${retraining.approval.reason}`] : []),
    `descends from ${ancestors.join(', then ')}`,
  ];
}

function trialLines({ step, status, verdict, summary, checks }: Trial): string[] {
  const style =
    verdict === 'pass' ? 'green' : verdict === 'fail' ? 'red' : status === 'not reached' ? 'dim' : 'yellow';
  const word = verdict ?? status;
  const open = checks.filter((check) => check.verdict !== 'pass');
  return [
    `${step.padEnd(18)} ${paint(style, word.padEnd(12))} ${summary}`.trimEnd(),
    ...open.map((check) => `${' '.repeat(32)}${check.verdict} ${check.name}: ${check.reason}`),
  ];
}

function decisionLines({ story }: Dossier): string[] {
  const told = story.filter(
    ({ kind, why }) => kind === 'decision' || kind === 'override' || (kind === 'end' && why !== ''),
  );
  return told.map(({ at, who, what, why }) => {
    const people = who.map(({ name, role }) => (role === undefined ? name : `${name} (${role})`)).join(', ');
    return `${at.slice(0, 19)}Z ${people}${people === '' ? '' : ': '}${what}${why === '' ? '' : `; ${why}`}`;
  });
}

/** A table for each group, with those stages that measure something of it, so that it fits a terminal. */
function blueprintLines({ columns: stages, groups }: Blueprint): string[] {
  return groups.flatMap(({ title, rows }, index) => {
    const shown = stages.flatMap((_, at) => (rows.some(({ cells }) => cells[at] != null) ? [at] : []));
    const head = [title, '', ...shown.map((at) => stages[at]?.step ?? '')];
    const body = rows.map(({ metric, unit, cells }) => [
      metric,
      unit === '1' ? '' : unit,
      ...shown.map((at) => cellText(cells[at] ?? null)),
    ]);
    return [...(index === 0 ? [] : ['']), ...columns([head, ...body]).split('\n')];
  });
}

/** `+` where the known envelope grows. */
function cellText(cell: BlueprintCell | null): string {
  if (cell === null) return '';
  const { value, lower, upper, widens } = cell;
  const interval =
    lower === undefined || upper === undefined ? '' : ` (${asNumber(lower)} to ${asNumber(upper)})`;
  return `${asNumber(value)}${widens ? '+' : ''}${interval}`;
}

const short = (digest: string): string => digest.slice(0, 12);
