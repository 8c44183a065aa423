import type { FairnessAudit } from './audit.ts';
import type { Gap } from './disparity.ts';
import type { FairnessReport } from './fairness.ts';

/** An audit that many may read: of a group with few rows nothing is told but that there are such groups. */
export interface PublishedAudit extends FairnessAudit {
  readonly suppressed: { readonly groups: number; readonly fewerThanRows: number };
}

/**
 * Leaves out every group with fewer than `least` rows, by name too: its counts say what became of a few people, whom
 * somebody may know. Differences stay as they are, because small groups were never part of them; and the group that training
 * lacks most keeps its name, because that is what was found.
 */
export function publishedAudit(audit: FairnessAudit, least: number): PublishedAudit {
  const { rates, calibration, representation } = audit;
  const small = new Set(rates.groups.filter(({ rows }) => rows < least).map(({ group }) => group));
  for (const { group, learntRows, judgedRows } of representation?.groups ?? []) {
    if (learntRows < least || judgedRows < least) small.add(group);
  }
  const tellable = ({ group }: { readonly group: string }): boolean => !small.has(group);
  const gap = <G extends Gap>(one: G): G => ({ ...one, notMeasurable: one.notMeasurable.filter(tellable) });
  const disparities = Object.fromEntries(
    Object.entries(rates.disparities).map(([name, one]) => [name, gap(one)]),
  ) as FairnessReport['disparities'];
  return {
    ...audit,
    rates: {
      ...rates,
      groups: rates.groups.filter(tellable),
      disparities,
      demographicParity: gap(rates.demographicParity),
      equalOpportunity: gap(rates.equalOpportunity),
    },
    calibration: { ...gap(calibration), groups: calibration.groups.filter(tellable) },
    representation:
      representation === null ? null : { ...representation, groups: representation.groups.filter(tellable) },
    suppressed: { groups: small.size, fewerThanRows: least },
  };
}
