import { canaryEvidenceChart, type EvidenceHistory } from '../charts/canary-evidence.ts';
import type { Chart } from '../page.ts';
import { detailsOf } from './details.ts';
import type { StageFacts } from './stage-page.ts';

/** The evidence of each metric as it came. */
export function canaryCharts(facts: StageFacts): readonly Chart[] {
  const { history = [] } = detailsOf<{ readonly history: readonly EvidenceHistory[] }>(facts);
  return history.flatMap((one) => canaryEvidenceChart(one) ?? []);
}
