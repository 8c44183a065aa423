import type { GateRequirement, GateStep, Plan } from '../../contracts/plan.ts';

/** What a gate needs to know of a vote. */
export interface CastVote {
  readonly person: string;
  readonly role: string;
  readonly decision: 'approve' | 'reject';
}

export interface PendingRole {
  readonly role: string;
  readonly missing: number;
  /** Who may still fill it: holders of the role who have not voted and did not ask for the release. */
  readonly people: readonly string[];
}

/** Requirements that the approvals so far do not meet, in the plan's order. Empty means the quorum is there. */
export function pendingRoles(plan: Plan, gate: GateStep, votes: readonly CastVote[]): PendingRole[] {
  return gate.requirements
    .map(({ role, requiredApproverCount }) => ({
      role,
      missing: requiredApproverCount - approvalsFor(role, votes),
      people: eligible(plan, gate, role).filter((person) => !votes.some((vote) => vote.person === person)),
    }))
    .filter(({ missing }) => missing > 0);
}

/** Holders of a role who may vote at the gate. */
export function eligible(plan: Plan, gate: GateStep, role: string): string[] {
  const holders = plan.people[role] ?? [];
  return holders.filter((person) => !(gate.preventSelfReview && person === plan.requester));
}

export interface Ballot {
  readonly approver: string;
  readonly role?: string | undefined;
  readonly decision: 'approve' | 'reject';
}

export type Admission =
  { readonly admitted: true; readonly role: string } | { readonly admitted: false; readonly reason: string };

/**
 * May this person cast this vote now, and for which role? Somebody who holds several of the gate's roles and names
 * none speaks for the first one that still lacks an approval. One person has one vote, whatever roles they hold.
 */
export function admit(plan: Plan, gate: GateStep, votes: readonly CastVote[], ballot: Ballot): Admission {
  const { approver } = ballot;
  const refuse = (reason: string): Admission => ({ admitted: false, reason });

  if (gate.preventSelfReview && approver === plan.requester) {
    return refuse(`${approver} asked for this release and so may not decide on it`);
  }
  if (votes.some(({ person }) => person === approver)) {
    return refuse(`${approver} has already voted at gate ${gate.name}; one person has one vote`);
  }
  const held = gate.requirements
    .filter(({ role }) => plan.people[role]?.includes(approver))
    .map(({ role }) => role);
  if (held.length === 0) {
    return refuse(
      `${approver} holds none of the roles that gate ${gate.name} asks for (${roleList(gate.requirements)})`,
    );
  }
  if (ballot.role !== undefined && !held.includes(ballot.role)) {
    return refuse(`${approver} does not hold the role ${ballot.role} here; they hold ${held.join(', ')}`);
  }
  const candidates = ballot.role === undefined ? held : [ballot.role];
  if (ballot.decision === 'reject') return { admitted: true, role: candidates[0] ?? held[0] ?? '' };

  const missing = pendingRoles(plan, gate, votes).map(({ role }) => role);
  const needed = candidates.find((role) => missing.includes(role));
  return needed === undefined
    ? refuse(`gate ${gate.name} already has the approvals that it needs from ${candidates.join(', ')}`)
    : { admitted: true, role: needed };
}

function approvalsFor(role: string, votes: readonly CastVote[]): number {
  return votes.filter((vote) => vote.role === role && vote.decision === 'approve').length;
}

function roleList(requirements: readonly GateRequirement[]): string {
  return requirements.map(({ role }) => role).join(', ');
}
