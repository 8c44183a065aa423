import { readFile } from 'node:fs/promises';
import { build } from 'hdr-histogram-js';
import type { Envelope, Metrics } from '../../contracts/report.ts';
import { wilsonInterval } from '../../domain/statistics/proportion.ts';
import { scoresOf, type FeatureRow, type ModelClient } from './model-client.ts';

export interface LoadOptions {
  readonly requests: number;
  readonly concurrency: number;
}

/** How the served model bears single-row requests, several at a time. Latency is what a caller sees, socket included. */
export async function measureEnvelope(
  client: ModelClient,
  rows: readonly FeatureRow[],
  pid: number,
  { requests, concurrency }: LoadOptions,
  onShare: (share: number) => void,
): Promise<{ envelope: Envelope; metrics: Metrics }> {
  // In microseconds up to a minute, three significant digits.
  const latencies = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
  const rowAt = (n: number): FeatureRow[] => {
    const row = rows[n % rows.length];
    return row === undefined ? [] : [row];
  };
  // Connections are made and code is compiled before the clock starts.
  await Promise.all(Array.from({ length: concurrency * 4 }, (_, n) => client.infer(rowAt(n))));

  let next = 0;
  let errors = 0;
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const n = next++;
      const answer = await client.infer(rowAt(n));
      if (scoresOf(answer)?.length !== 1) errors++;
      latencies.recordValue(Math.min(60_000_000, Math.max(1, Math.round(answer.milliseconds * 1000))));
      if (n % 100 === 0) onShare(n / requests);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;

  const at = (percentile: number): number => latencies.getValueAtPercentile(percentile) / 1000;
  const latencyMs = { p50: at(50), p95: at(95), p99: at(99), p999: at(99.9) };
  const throughputPerSecond = requests / seconds;
  const { estimate, lower, upper } = wilsonInterval(errors, requests);
  return {
    envelope: {
      requests,
      latencyMs,
      throughputPerSecond,
      errorRate: errors / requests,
      ...(await resourcesOf(pid)),
    },
    metrics: {
      'latency-p50': { value: latencyMs.p50, unit: 'ms', samples: requests },
      'latency-p99': { value: latencyMs.p99, unit: 'ms', samples: requests },
      throughput: { value: throughputPerSecond, unit: '1/s', samples: requests },
      'error-rate': { value: estimate, unit: '1', samples: requests, lower, upper },
    },
  };
}

/** Ticks a second of the clock in `/proc`, on every Linux that Node runs on. */
const TICKS = 100;

/**
 * Processor seconds and peak memory of a process since it started, from Linux's `/proc`; nothing on systems without it.
 */
async function resourcesOf(pid: number): Promise<Pick<Envelope, 'cpuSeconds' | 'memoryMiB'>> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    // The program's name stands in parentheses and may hold anything; fields 14 and 15 count from before it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
    const memoryMiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    return {
      ...(Number.isFinite(cpuSeconds) ? { cpuSeconds } : {}),
      ...(Number.isFinite(memoryMiB) ? { memoryMiB } : {}),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return {};
    throw error;
  }
}
