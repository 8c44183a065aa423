import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReleaseView } from '../contracts/release-view.ts';
import { REVIEW_OVERDUE, searchAttributes } from '../contracts/search-attributes.ts';
import { detailsOf } from './details.ts';

/**
 * What a person sees in the Temporal Web UI: search attributes for the list, and a page of markdown for the release.
 * Attributes are written only when they change: each write is an event of the history.
 */
export class Presentation {
  private shown = '';

  show(view: ReleaseView): void {
    setCurrentDetails(detailsOf(view));
    const overdue = view.outcome === null && view.review?.status === 'overdue';
    const stage = overdue ? REVIEW_OVERDUE : (view.outcome ?? view.step ?? view.situation);
    const pending = view.gate?.pending.map(({ role }) => role) ?? [];
    const due = overdue ? (view.review?.overdueSince ?? null) : (view.gate?.dueAt ?? null);
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
