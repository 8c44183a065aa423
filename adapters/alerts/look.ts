import type { Look } from '../../domain/alerts/index.ts';

const LINE = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)$/;

/** Looks at a gateway once, as anybody may: its `/health` and `/metrics`. Never throws: what cannot be reached is a look too. */
export async function lookAt(url: string, timeoutMs: number, signal: AbortSignal): Promise<Look> {
  const began = performance.now();
  const get = async (path: string): Promise<{ ok: boolean; text: string }> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(new URL(path, url), { signal: limit });
    return { ok: response.ok, text: await response.text() };
  };
  try {
    const health = await get('/health');
    const roundTripMs = performance.now() - began;
    const metrics = await get('/metrics');
    const detail = (JSON.parse(health.text) as { detail?: unknown }).detail;
    return {
      reachable: true,
      healthy: health.ok,
      detail: typeof detail === 'string' ? detail : '',
      roundTripMs,
      ...countersIn(metrics.text),
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      reachable: false,
      healthy: false,
      detail: cause instanceof Error ? cause.message : String(cause),
      roundTripMs: performance.now() - began,
      requests: 0,
      fallbacks: 0,
      secondsSum: 0,
      rows: 0,
      missing: {},
    };
  }
}

/** The counters that alerts are about, in Prometheus' text format, summed over versions and arms. */
export function countersIn(
  text: string,
): Pick<Look, 'requests' | 'fallbacks' | 'secondsSum' | 'rows' | 'missing'> {
  let [requests, fallbacks, secondsSum, rows] = [0, 0, 0, 0];
  const missing: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name, labels = '', digits = ''] = LINE.exec(line) ?? [];
    const value = Number(digits);
    if (name === undefined || !Number.isFinite(value)) continue;
    const label = (key: string): string => new RegExp(`(?:^|,)${key}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (name === 'seatrial_gateway_requests_total' && label('status') !== 'invalid') {
      requests += value;
      // An arm that is declared to have no model falls back by design.
      if (label('status') === 'fallback' && label('version') !== 'fallback') fallbacks += value;
    } else if (name === 'seatrial_gateway_request_seconds_sum') secondsSum += value;
    else if (name === 'seatrial_gateway_rows_total') rows += value;
    else if (name === 'seatrial_gateway_missing_values_total')
      missing[label('input')] = (missing[label('input')] ?? 0) + value;
  }
  return { requests, fallbacks, secondsSum, rows, missing };
}
