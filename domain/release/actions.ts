import type { ReleaseCommandOf } from './commands.ts';
import type { ReleaseEvent } from './events.ts';
import { refusal } from './facts.ts';
import { planOf, type ReleaseState } from './state.ts';

/** The list is part of a release's page and of its carried state. */
const MOST = 100;

/** A person asks for something to be done about a version that serves. */
export function openAction(
  { what, owner, due, by, at }: ReleaseCommandOf<'OpenAction'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const refuse = (reason: string) => [refusal('openAction', by, reason, at)];
  if (!state.promoted) return refuse('actions are about a version that serves, and this one does not yet');
  const { people } = planOf(state);
  if (!Object.hasOwn(people, owner))
    return refuse(`nobody holds the role ${owner}; the owner is one of ${Object.keys(people).join(', ')}`);
  const actions = state.review?.actions ?? [];
  if (actions.length >= MOST) return refuse(`there are ${MOST} actions already; keep the rest elsewhere`);
  const id = `a${actions.length + 1}`;
  return [{ type: 'ActionOpened', data: { id, what, owner, dueAt: due, by }, at }];
}

export function closeAction(
  { action: id, by, reason, at }: ReleaseCommandOf<'CloseAction'>,
  state: ReleaseState,
): ReleaseEvent[] {
  const refuse = (why: string) => [refusal('closeAction', by, why, at)];
  const actions = state.review?.actions ?? [];
  const action = actions.find((each) => each.id === id);
  if (!action) {
    const open = actions.filter(({ closed }) => closed === null).map((each) => each.id);
    return refuse(`there is no action ${id}; open are ${open.join(', ') || 'none'}`);
  }
  if (action.closed) return refuse(`the action ${id} was closed by ${action.closed.by}`);
  return [{ type: 'ActionClosed', data: { id, by, reason }, at }];
}
