import { championOf } from '../domain/model/index.ts';
import type { HeldRetraining, ModelState } from '../domain/model/index.ts';
import { blocks, json, plain, readableTimes, table } from './markdown.ts';

/** Nobody has this name, so what is sent as it was pasted names nobody. */
const YOUR_NAME = 'YOUR NAME';
const SHOWN_NOTES = 10;

/** The page of a model under "User Metadata": what serves, what is asked of people, and what became of drift. */
export function detailsOfModel(state: ModelState): string {
  const { slot, queue, running, queued, received, served, incidents = [] } = state;
  return blocks(
    `# ${state.model}: ${championOf(state) ?? 'no version'} serves`,
    state.reviewOverdueSince
      ? `⚠ **Review of ${plain(championOf(state) ?? '')} overdue since ${readableTimes(state.reviewOverdueSince)}.** It serves all the same.`
      : '',
    ...incidents.map(
      ({ incident, headline, kind }) =>
        `⚠ Incident **${plain(incident)}** is open: ${plain(headline)} (${kind}). No retraining mends it${kind === 'quality' ? ', and none begins until it is cleared' : ''}.`,
    ),
    state.held ? heldSection(state.held) : '',
    `Served so far: ${served.join(' → ') || 'none'}.`,
    slot
      ? `The traffic slot is held by version ${slot.version} (${slot.purpose}, fence ${slot.fence}).`
      : 'The traffic slot is free.',
    queue.length > 0
      ? `Waiting for it: ${queue.map(({ version, purpose }) => `${version} (${purpose})`).join(', ')}.`
      : '',
    running
      ? `Retraining **${running.decision}** is under way: ${plain(running.reason)}.`
      : 'No retraining is under way.',
    queued ? `Retraining **${queued.decision}** waits for its end.` : '',
    `Drift events: ${received.started} started a retraining, ${received.coalesced} coalesced, ${received.suppressed} suppressed, ${received.duplicate} duplicates, ${received.rejected} rejected.`,
    notes(state),
  );
}

function heldSection({ decision, why, reason }: HeldRetraining): string {
  return blocks(
    `## Retraining ${plain(decision)} awaits a person`,
    `Why it was asked for: ${plain(reason)}. Why it waits: ${plain(why)}.`,
    'Send the signal `approveRetraining` or `rejectRetraining` with this, your own name and a reason:',
    json({ decision, by: YOUR_NAME, reason: '' }),
  );
}

function notes({ notes: all = [] }: ModelState): string {
  if (all.length === 0) return '';
  const rows = all
    .slice(-SHOWN_NOTES)
    .reverse()
    .map(({ at, what, about, reason }) => [readableTimes(at), what, plain(about), plain(reason)]);
  return blocks('## Decisions, newest first', table(['when', 'what', 'about', 'why'], rows));
}
