import type { Cost } from '../../../domain/review/index.ts';
import { messageOf } from '../trial.ts';

const CPU = 'process_cpu_seconds_total';
const REQUESTS = 'seatrial_gateway_requests_total';

/**
 * Processor seconds that the gateway needed for a thousand requests since it started, of all models that it serves: its own metrics
 * know no more. A gateway that does not say it makes no review impossible.
 */
export async function cpuPerThousand(gatewayUrl: string, signal: AbortSignal): Promise<Cost> {
  try {
    const response = await fetch(new URL('/metrics', gatewayUrl), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    if (!response.ok) return { notMeasured: `the gateway's /metrics answered ${response.status}` };
    const text = await response.text();
    const cpu = sumOf(text, CPU);
    const requests = sumOf(text, REQUESTS);
    if (cpu === null || requests === null || requests === 0)
      return { notMeasured: `the gateway's /metrics has no ${cpu === null ? CPU : REQUESTS}` };
    return { value: (cpu / requests) * 1000 };
  } catch (error) {
    if (signal.aborted) throw error;
    return { notMeasured: `the gateway's /metrics was not answered: ${messageOf(error)}` };
  }
}

/** Sum over all labels of a metric in the Prometheus text format. */
function sumOf(text: string, name: string): number | null {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length > 0 && values.every(Number.isFinite)
    ? values.reduce((sum, value) => sum + value, 0)
    : null;
}
