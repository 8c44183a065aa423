import type { GateStep } from '../../contracts/plan.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { effectOf } from './effect.ts';
import { quoted, span, type Note } from './sentence.ts';

/** Who decides, how many of them, until when, and what happens then. */
export function compareGate(was: GateStep, is: GateStep, note: Note): PlaybookChange[] {
  const gate = `the gate ${quoted(was.name)}`;
  const roles = [...new Set([...was.requirements, ...is.requirements].map(({ role }) => role))];
  return [
    ...roles.flatMap((role) => {
      const [before, after] = [countOf(was, role), countOf(is, role)];
      return note(effectOf('least', before, after), `requires.${role}`, before, after, (where) =>
        after === undefined
          ? `${gate} does without ${role}, ${where} needs ${before}`
          : before === undefined
            ? `${gate} needs ${after} of ${role} too, ${where} needs none`
            : `${gate} needs ${after} of ${role} ${where} needs ${before}`,
      );
    }),
    ...note(
      was.onTimeout === is.onTimeout ? null : is.onTimeout === 'approve' ? 'weaker' : 'stricter',
      'onTimeout',
      was.onTimeout,
      is.onTimeout,
      (where) => `${gate} ${does(is)} when nobody decides in time ${where} ${does(was)}`,
    ),
    ...note(
      was.preventSelfReview === is.preventSelfReview ? null : is.preventSelfReview ? 'stricter' : 'weaker',
      'preventSelfReview',
      was.preventSelfReview,
      is.preventSelfReview,
      (where) =>
        is.preventSelfReview
          ? `${gate} refuses the vote of who asked for the release ${where} counts it`
          : `${gate} counts the vote of who asked for the release ${where} refuses it`,
    ),
    ...note(deadline(was, is), 'timeout', span(was.timeoutSeconds), span(is.timeoutSeconds), (where) => {
      const then = is.onTimeout === 'approve' ? ', and then approves' : '';
      return `${gate} waits ${span(is.timeoutSeconds)}${then}, ${where} waits ${span(was.timeoutSeconds)}`;
    }),
  ];
}

/** Less time to object is weaker where silence approves; where it rejects, the deadline is a matter of convenience. */
function deadline(was: GateStep, is: GateStep): 'weaker' | 'other' | null {
  if (was.timeoutSeconds === is.timeoutSeconds) return null;
  return is.onTimeout === 'approve' && is.timeoutSeconds < was.timeoutSeconds ? 'weaker' : 'other';
}

const countOf = ({ requirements }: GateStep, role: string): number | undefined =>
  requirements.find((one) => one.role === role)?.requiredApproverCount;
const does = ({ onTimeout }: GateStep): string => (onTimeout === 'approve' ? 'approves' : 'rejects');
