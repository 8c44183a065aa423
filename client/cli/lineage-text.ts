import { ledTo, roots } from '../../domain/lineage/index.ts';
import type { DriftLine, ReleaseLine, RetrainingLine } from '../../domain/lineage/index.ts';
import type { FoundLineage } from '../lineage.ts';
import { paint } from './output.ts';

/** A line of the tree, and what hangs below it. */
interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

/** A lineage as a tree: the oldest release on top, below each what it led to, and a mark at what was asked for. */
export function lineageTree(lineage: FoundLineage): string {
  const trees = roots(lineage).map((release) => releaseBranch(lineage, release));
  // A retraining may be all that is left: its releases are in no book, and `dangling` says so.
  const orphans = lineage.retrainings.filter(
    ({ version }) => !lineage.releases.some((release) => release.version === version),
  );
  const top: Branch = {
    text: paint('bold', `model ${lineage.model}`) + mark(lineage, `model/${lineage.model}`),
    below: [...trees, ...orphans.map((retraining) => retrainingBranch(lineage, retraining))],
  };
  return [...named(lineage), ...draw(top), ...dangling(lineage)].join('\n');
}

function releaseBranch(lineage: FoundLineage, line: ReleaseLine): Branch {
  const { release, version, requester, plan, artifact, state, headline, traffic, monitor } = line;
  const shifts = traffic.map(
    ({ at, purpose, arms }) =>
      `${at} ${purpose}: ${arms.map((arm) => `${arm.weight} % ${arm.version}`).join(', ')}`,
  );
  const retrainings = ledTo(lineage, release);
  return {
    text: `release ${paint('bold', version)}  ${paint(styleOf(state), state)}${mark(lineage, release)}`,
    below: [
      leaf(`${line.at} asked for by ${requester}; ${plainHeadline(state, headline)}`),
      leaf(`plan ${short(plan?.sha256)}, artifact ${short(artifact.sha256)}`),
      {
        text: `traffic${shifts.length === 0 ? ': no caller was ever sent here' : ''}`,
        below: shifts.map(leaf),
      },
      {
        text: `monitor: ${monitor.last === null ? 'nothing was ever said of it' : `${monitor.events} drift events, now: ${driftText(monitor.last)}`}`,
        below: monitor.incidents.map((incident) => leaf(paint('red', `incident ${incident}`))),
      },
      ...retrainings.map((retraining) => retrainingBranch(lineage, retraining)),
    ],
  };
}

function retrainingBranch(lineage: FoundLineage, line: RetrainingLine): Branch {
  const { retraining, decision, state, reason, detail, approval, data, training, comparison, registered } =
    line;
  const events = line.driftEvents.map((id) => {
    const event = lineage.driftEvents.find((one) => one.id === id);
    return leaf(`drift event ${event ? driftText(event) : `${id}, ${paint('red', 'never heard')}`}`);
  });
  const next = lineage.releases.filter(({ cameFrom }) => cameFrom === retraining);
  return {
    text: `retraining ${paint('bold', decision)}  ${paint(styleOf(state), state)}${mark(lineage, retraining)}`,
    below: [
      { text: `${line.at} why: ${reason}`, below: events },
      ...(approval ? [leaf(`decided by ${approval.by}: ${approval.reason}`)] : []),
      ...(data
        ? [leaf(`data ${short(data.file.sha256)}: ${data.rows} rows, ${data.from} to ${data.to}`)]
        : []),
      ...(training ? [leaf(trainingText(training))] : []),
      ...(comparison
        ? [leaf(`guard ${short(comparison.report.sha256)}: ${comparison.breaches.join('; ') || 'no breach'}`)]
        : []),
      ...(registered ? [leaf(`version ${registered.version}, plan ${short(registered.plan.sha256)}`)] : []),
      ...(state === 'failed' || state === 'held' || state === 'dropped' ? [leaf(detail)] : []),
      ...next.map((release) => releaseBranch(lineage, release)),
    ],
  };
}

function trainingText({
  command,
  arguments: args,
  seed,
  seconds,
  files,
  log,
}: NonNullable<RetrainingLine['training']>): string {
  const model = files['model'];
  const parts = [
    `training: ${[...command, ...args].join(' ')}, seed ${seed}`,
    seconds === null ? 'not finished' : `${seconds.toFixed(1)} s`,
    ...(model ? [`model ${short(model.sha256)}`] : []),
    ...(log ? [`log ${short(log.sha256)}`] : []),
  ];
  return parts.join(', ');
}

function driftText({ id, at, source, bucket, reason }: DriftLine): string {
  return `${id}${source === null ? '' : ` from ${source}`}, ${at}: ${bucket} (${reason})`;
}

/** Of a digest: where it is named, before the tree in which those places are. */
function named({ asked }: FoundLineage): string[] {
  if (asked.named.length === 0) return [];
  const lines = asked.named.map(
    ({ stream, seq, type, as }) => `  ${stream} ${seq} ${type}: ${as.join(', ')}`,
  );
  return ['named by', ...lines, ''];
}

function dangling({ dangling: found }: FoundLineage): string[] {
  if (found.length === 0) return [];
  return [
    '',
    paint('red', 'dangling'),
    ...found.map(({ from, to, what }) => `  ${from} names ${to}: ${what}`),
  ];
}

function mark({ asked }: FoundLineage, stream: string): string {
  return asked.stream === stream ? paint('cyan', '  <- asked for') : '';
}

function styleOf(state: string): 'green' | 'red' | 'yellow' {
  if (['live', 'released', 'completed', 'superseded'].includes(state)) return 'green';
  return ['failed', 'rejected', 'rolled-back', 'aborted'].includes(state) ? 'red' : 'yellow';
}

const short = (digest: string | undefined): string => digest?.slice(0, 12) ?? 'unknown';
const leaf = (text: string): Branch => ({ text, below: [] });
/** The state is said already. */
const plainHeadline = (state: string, headline: string): string =>
  headline.startsWith(`${state}: `) ? headline.slice(state.length + 2) : headline;

function draw({ text, below }: Branch): string[] {
  return [
    text,
    ...below.flatMap((branch, index) => {
      const last = index === below.length - 1;
      return draw(branch).map(
        (line, row) => `${row === 0 ? (last ? '└─ ' : '├─ ') : last ? '   ' : '│  '}${line}`,
      );
    }),
  ];
}
