import type { Client } from '@temporalio/client';
import { isName, NAME_RULE, parseRelease } from '../contracts/ids.ts';
import { workflowTypes } from '../contracts/messages.ts';
import { REVIEW_OVERDUE, searchAttributes } from '../contracts/search-attributes.ts';
import { SeatrialError } from './errors.ts';
import { asSeatrialError } from './workflow-errors.ts';

export interface ListFilter {
  /** Only releases whose open gate still needs somebody of this role. */
  readonly pendingRole?: string;
  readonly model?: string;
  /** Only what is still going on. */
  readonly running?: boolean;
  /** 100 unless given. */
  readonly limit?: number;
}

/** One line of the list. It comes from Temporal's visibility store, which is some seconds late. */
export interface ReleaseSummary {
  readonly release: string;
  readonly model: string;
  readonly version: string;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, `TERMINATED`, ... */
  readonly status: string;
  readonly stage: string | null;
  readonly risk: string | null;
  readonly pendingRoles: readonly string[];
  /** ISO 8601 UTC. */
  readonly approvalDueAt: string | null;
  /** The version serves, and nobody has signed its review in time. ISO 8601 UTC. */
  readonly reviewOverdueSince: string | null;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

/** Newest first. */
export async function listReleases(
  client: Client,
  filter: ListFilter = {},
): Promise<readonly ReleaseSummary[]> {
  const query = listQuery(filter);
  const limit = filter.limit ?? 100;
  const found: ReleaseSummary[] = [];
  try {
    for await (const execution of client.workflow.list({ query, pageSize: Math.min(limit, 1_000) })) {
      const name = parseRelease(execution.workflowId);
      if (!name) continue;
      const attributes = execution.typedSearchAttributes;
      const stage = attributes.get(searchAttributes.stage) ?? null;
      const due = attributes.get(searchAttributes.approvalDueAt)?.toISOString() ?? null;
      found.push({
        release: execution.workflowId,
        ...name,
        status: execution.status.name,
        stage,
        risk: attributes.get(searchAttributes.risk) ?? null,
        pendingRoles: attributes.get(searchAttributes.pendingApprovals) ?? [],
        approvalDueAt: due,
        reviewOverdueSince: stage === REVIEW_OVERDUE ? due : null,
        startedAt: execution.startTime.toISOString(),
        closedAt: execution.closeTime?.toISOString() ?? null,
      });
      if (found.length >= limit) break;
    }
  } catch (error) {
    throw asSeatrialError(error, 'the list of releases');
  }
  return found;
}

/** A filter in the language of Temporal's visibility store; also what to paste into the Web UI. */
export function listQuery({ pendingRole, model, running }: ListFilter): string {
  const parts = [`WorkflowType = '${workflowTypes.release}'`];
  if (model !== undefined) parts.push(`${searchAttributes.model.name} = '${plain('model', model)}'`);
  if (pendingRole !== undefined) {
    parts.push(`${searchAttributes.pendingApprovals.name} IN ('${plain('role', pendingRole)}')`);
  }
  if (running || pendingRole !== undefined) parts.push(`ExecutionStatus = 'Running'`);
  return parts.join(' AND ');
}

/** Names have no quotes in them, so they cannot leave the query's. */
function plain(what: string, name: string): string {
  if (isName(name)) return name;
  throw new SeatrialError('USAGE', `${JSON.stringify(name)} is not a ${what}: ${NAME_RULE}.`);
}
