import type { Envelope } from '../../../contracts/report.ts';
import type { SyntheticParameters } from '../../../contracts/schemas/synthetic.ts';
import { measureEnvelope } from '../envelope.ts';
import type { FeatureRow, ModelClient } from '../model-client.ts';

export interface LoadLevel {
  /** Callers at a time. */
  readonly concurrency: number;
  readonly envelope: Envelope;
  readonly withinBudget: boolean;
}

/** Single-row requests by ever more callers at a time. */
export async function measureLoad(
  client: ModelClient,
  rows: readonly FeatureRow[],
  pid: number,
  { concurrency: levels, requests, latencyMs, errorRate }: SyntheticParameters['load'],
  onShare: (share: number) => void,
): Promise<LoadLevel[]> {
  const measured: LoadLevel[] = [];
  for (const [n, concurrency] of levels.entries()) {
    const { envelope } = await measureEnvelope(client, rows, pid, { requests, concurrency }, (share) =>
      onShare((n + share) / levels.length),
    );
    const withinBudget = envelope.latencyMs.p99 <= latencyMs && envelope.errorRate <= errorRate;
    measured.push({ concurrency, envelope, withinBudget });
  }
  return measured;
}
