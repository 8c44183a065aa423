import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the gateway counts. Each gateway has a registry of its own, so that two in one process do not mix. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Counter({
      name: 'seatrial_gateway_requests_total',
      help: 'Inference requests. status: ok, fallback (the declared answer), error, invalid (refused input).',
      labelNames: ['model', 'version', 'arm', 'status'] as const,
      registers,
    }),
    rows: new Counter({
      name: 'seatrial_gateway_rows_total',
      help: 'Rows that callers sent to be routed, probes not counted.',
      labelNames: ['model'] as const,
      registers,
    }),
    missing: new Counter({
      name: 'seatrial_gateway_missing_values_total',
      help: 'Of these rows, values that were missing, by input.',
      labelNames: ['model', 'input'] as const,
      registers,
    }),
    latency: new Histogram({
      name: 'seatrial_gateway_request_seconds',
      help: 'Time from the parsed request to the answer.',
      labelNames: ['model', 'version', 'arm'] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    inFlight: new Gauge({
      name: 'seatrial_gateway_in_flight',
      help: 'Inference requests being answered.',
      registers,
    }),
    logged: new Counter({
      name: 'seatrial_gateway_log_published_total',
      help: 'Predictions that the log has taken.',
      registers,
    }),
    logDropped: new Counter({
      name: 'seatrial_gateway_log_dropped_total',
      help: 'Predictions that were not logged: the buffer was full, or the log refused them.',
      registers,
    }),
    logBuffered: new Gauge({
      name: 'seatrial_gateway_log_buffered',
      help: 'Predictions that wait to be logged.',
      registers,
    }),
  };
}

export type GatewayMetrics = ReturnType<typeof createMetrics>;
