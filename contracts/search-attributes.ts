import { defineSearchAttributeKey } from '@temporalio/common';

/** Planned once: a namespace on a SQL store has few slots of each type. */
export const searchAttributes = {
  model: defineSearchAttributeKey('ReleaseModel', 'KEYWORD'),
  stage: defineSearchAttributeKey('ReleaseStage', 'KEYWORD'),
  /** Roles whose approval is still missing at the open gate. */
  pendingApprovals: defineSearchAttributeKey('ReleasePendingApprovals', 'KEYWORD_LIST'),
  approvalDueAt: defineSearchAttributeKey('ReleaseApprovalDueAt', 'DATETIME'),
  risk: defineSearchAttributeKey('ReleaseRisk', 'KEYWORD'),
} as const;

/** Value of `ReleaseStage` for a version that serves and that nobody has reviewed in time; `ReleaseApprovalDueAt` says since when. */
export const REVIEW_OVERDUE = 'review-overdue';

/** The same, as the Temporal CLI spells types (`--search-attribute Name=Type`). */
export const searchAttributeTypes = {
  ReleaseModel: 'Keyword',
  ReleaseStage: 'Keyword',
  ReleasePendingApprovals: 'KeywordList',
  ReleaseApprovalDueAt: 'Datetime',
  ReleaseRisk: 'Keyword',
} as const;
