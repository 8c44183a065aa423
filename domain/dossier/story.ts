import type { TrafficArm } from '../../contracts/gateway.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Report } from '../../contracts/report.ts';
import type { ReleaseEvent } from '../release/index.ts';

/** One fact of how a release was decided, in words. */
export interface StoryLine {
  /** Number of the ledger's entry. */
  readonly seq: number;
  readonly at: string;
  readonly kind: 'release' | 'stage' | 'gate' | 'decision' | 'traffic' | 'override' | 'end';
  readonly what: string;
  /** People, each with the role in which they spoke; `plan`, `model`, `deadline` and stages speak too. */
  readonly who: readonly { readonly name: string; readonly role?: string }[];
  readonly why: string;
  /** Digest of what it rests on, where there is one file. */
  readonly evidence: string | null;
  readonly tone: 'good' | 'bad' | 'open' | 'plain';
}

type Rest = Partial<Pick<StoryLine, 'who' | 'why' | 'evidence' | 'tone'>>;
type Words = Omit<StoryLine, 'seq' | 'at'>;
type Shift = Extract<ReleaseEvent, { type: 'TrafficShiftStarted' }>['data']['shift'];

/** The story of a release's decisions, in the order in which they were made. `events` are its ledger's entries, from the first. */
export function storyOf(
  plan: Plan,
  events: readonly (ReleaseEvent & { readonly seq: number })[],
): StoryLine[] {
  const shifts = new Map<string, Shift>();
  return events.flatMap((event): StoryLine[] => {
    if (event.type === 'TrafficShiftStarted') shifts.set(event.data.shift.changeId, event.data.shift);
    const words = tell(plan, event, shifts);
    return words === null ? [] : [{ seq: event.seq, at: event.at, ...words }];
  });
}

/** Null for what only moves the machinery: it is in the ledger, and decides nothing. */
function tell(plan: Plan, { type, data }: ReleaseEvent, shifts: ReadonlyMap<string, Shift>): Words | null {
  const named = (step: number): string => plan.steps[step]?.name ?? `step ${step + 1}`;
  const by = (name: string, role?: string) => [{ name, ...(role === undefined ? {} : { role }) }];
  switch (type) {
    case 'ReleaseRequested':
      return says('release', 'asked for the release', {
        who: by(plan.requester),
        why: plan.summary,
        evidence: data.planRef.sha256,
      });
    case 'StageFinished': {
      const again = data.attempt > 1 ? `, attempt ${data.attempt}` : '';
      const what = `${named(data.step)}: ${data.report.verdict}${again}`;
      const step = plan.steps[data.step];
      const { tone, ...rest } = found(data.report);
      // The report of a canary is that of its last step, which has been told.
      return says(
        'stage',
        what,
        step?.kind === 'stage' && step.stage === 'canary' ? { tone } : { tone, ...rest },
      );
    }
    case 'StageErrored':
      return says('stage', `${named(data.step)} could not be measured`, {
        why: data.failure.message,
        tone: 'open',
      });
    case 'StageSkipped':
      return says(
        'override',
        `${named(data.step)} was left out, ${data.origin === 'plan' ? 'by the plan' : 'when it could not be measured'}`,
        {
          who: [...by(plan.requester, 'asked for the release'), ...by(data.approvedBy, 'signed for it')],
          why: data.reason,
          tone: 'open',
        },
      );
    case 'StageRetried': {
      const where = data.canaryStep === null ? '' : `, step ${data.canaryStep + 1},`;
      return says('override', `sent ${named(data.step)}${where} round again`, {
        who: by(data.by),
        why: data.reason,
      });
    }
    case 'GateReached':
      if (data.why === 'planned') return null;
      return says('gate', `gate ${data.gate}: people must decide`, {
        why: 'there was not enough evidence for a verdict',
        tone: 'open',
      });
    case 'GateOpened':
      return says('gate', `gate ${data.gate} opened`, {
        why: `to be decided by ${data.dueAt.slice(0, 16).replace('T', ' ')} UTC`,
        evidence: data.evidence.sha256,
      });
    case 'DecisionRecorded':
      return says(
        'decision',
        `${data.decision === 'approve' ? 'approved' : 'rejected'} at gate ${data.gate}`,
        {
          who: by(data.person, `${data.role}${data.attestation === 'claimed' ? ', name as claimed' : ''}`),
          why: data.comment,
          evidence: data.evidence,
          tone: data.decision === 'approve' ? 'good' : 'bad',
        },
      );
    case 'GateApproved':
      return says('gate', `gate ${data.gate} is passed`, { who: by(data.by), tone: 'good' });
    case 'GateRejected':
      return says('gate', `gate ${data.gate} is closed`, {
        who: by(data.by),
        why: data.comment,
        tone: 'bad',
      });
    case 'MessageRefused':
      return says('override', `${data.message} was refused`, { who: by(data.from), why: data.reason });
    case 'ReleasePaused':
      return says('override', 'paused the release', { who: by(data.by), why: data.reason });
    case 'ReleaseResumed':
      return says('override', 'let it go on', { who: by(data.by), why: data.reason });
    case 'SlotGranted':
      return says(
        'traffic',
        `may move callers; ${data.champion === null ? 'no version serves yet' : `${data.champion} serves`}`,
        { who: by('model') },
      );
    case 'TrafficShifted': {
      const shift = shifts.get(data.changeId);
      const counted = Object.entries(data.counted).map(([version, count]) => `${count} by ${version}`);
      const change = shift ? `${shift.purpose}: ${armsText(shift.arms)}` : `change ${data.changeId}`;
      return says('traffic', change, {
        why: counted.length > 0 ? `answers counted after the change: ${counted.join(', ')}` : '',
      });
    }
    case 'CanaryStepFinished':
      return says(
        'stage',
        `${named(data.step)}, step ${data.canaryStep + 1}: ${data.report.verdict}`,
        found(data.report),
      );
    case 'GuardBroken':
      return says('stage', 'a guard of the canary broke', { ...found(data.report), tone: 'bad' });
    case 'VersionPromoted':
      return says(
        'release',
        `serves everybody${data.replaced === null ? '' : `, in place of ${data.replaced}`}`,
        { tone: 'good' },
      );
    case 'RollbackStarted':
      return says('traffic', 'the way back began', { who: by(data.by), why: data.reason, tone: 'bad' });
    case 'ReleaseRolledBack':
      return says('traffic', `all callers are back at ${data.to || 'the declared answer'}`, {
        why: `counted ${data.seconds.toFixed(1)} s after the way back began`,
      });
    case 'ReleaseSuperseded':
      return says('release', `version ${data.by} took its place`);
    case 'ReviewOverdue':
      return says('gate', 'the review is late', {
        why: `nobody had signed it by ${data.dueAt.slice(0, 16).replace('T', ' ')} UTC`,
        tone: 'open',
      });
    case 'ReviewMissed':
      return says('gate', 'the review was missed', { why: data.reason, tone: 'open' });
    case 'ActionOpened':
      return says('release', `action ${data.id} for ${data.owner}, due ${data.dueAt.slice(0, 10)}`, {
        who: by(data.by),
        why: data.what,
        tone: 'open',
      });
    case 'ActionClosed':
      return says('release', `closed action ${data.id}`, { who: by(data.by), why: data.reason });
    case 'DossierNotWritten':
      return says('release', `its dossier (${data.occasion}) could not be written`, {
        why: data.failure.message,
        tone: 'open',
      });
    case 'ReleaseEnded':
      return says('end', `ended: ${data.outcome}`, {
        why: data.reason,
        tone: ['superseded', 'completed'].includes(data.outcome) ? 'good' : 'bad',
      });
    default:
      return null;
  }
}

function says(kind: StoryLine['kind'], what: string, rest: Rest = {}): Words {
  return { kind, what, who: [], why: '', evidence: null, tone: 'plain', ...rest };
}

/** What a stage found: its words, and its report's digest. */
function found({ verdict, summary, evidence }: Report): Required<Omit<Rest, 'who'>> {
  const tone = verdict === 'pass' ? 'good' : verdict === 'fail' ? 'bad' : 'open';
  return { why: summary, evidence: evidence[0]?.sha256 ?? null, tone };
}

function armsText(arms: readonly TrafficArm[]): string {
  return arms.map(({ version, weight }) => `${weight} % ${version}`).join(', ');
}
