import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Signature } from '../../../contracts/plan.ts';
import { leaksIn } from '../../../domain/personal/index.ts';
import type { ActivityContext } from '../../context.ts';
import { blocking, type Findings } from '../stage-report.ts';
import { pairLines } from './kept-pairs.ts';
import type { Mask } from './mask.ts';
import type { Mirror } from './mirror.ts';
import { plantedRows } from './planted.ts';

/**
 * Nothing is stored that still tells of a person: the compared requests and the report are searched first, and what fails the
 * search stays out of the evidence.
 */
export async function withoutLeaks(
  { evidence }: ActivityContext,
  findings: Findings,
  mirror: Mirror,
  signature: Signature,
  mask: Mask,
  keepRows: number,
): Promise<Findings> {
  const planted = plantedRows(signature, mask);
  const secrets = [...planted.secrets, ...mask.secrets()];
  const pairs = pairLines(mirror.seen, signature, mask, planted, keepRows);
  const inPairs = leaksIn(pairs, secrets);
  const inReport = leaksIn(JSON.stringify(findings), secrets);
  const leaks = [
    ...inPairs.map((leak) => `in the compared requests ${leak}`),
    ...inReport.map((leak) => `in the report ${leak}`),
  ];
  const kept: EvidenceRef[] = [];
  if (inPairs.length === 0)
    kept.push(await evidence.put(pairs, { name: 'shadow-pairs.jsonl', mediaType: 'application/x-ndjson' }));
  const masks =
    mask.fields.length === 0 ? 'no input is personal by name' : `${mask.fields.join(', ')} masked`;
  const reason =
    leaks.length === 0
      ? `nothing personal was found in what is kept, planted strings included (${masks})`
      : `${leaks.join('; ')}; it was not stored`;
  const check = blocking('masked', 'leaks', leaks.length === 0, reason);
  const details = inReport.length === 0 ? findings.details : {};
  return {
    ...findings,
    builtIn: [...(inReport.length === 0 ? findings.builtIn : []), check],
    metrics: { ...findings.metrics, leaks: { value: leaks.length, unit: '1' } },
    details,
    headline: inReport.length === 0 ? findings.headline : '',
    evidence: kept,
  };
}
