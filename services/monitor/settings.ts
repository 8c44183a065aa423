import { defaultTiming, type MonitorTiming } from '../../domain/drift/monitor/index.ts';

export interface MonitorSettings {
  /** Names this monitor in its events' source and in its state; two monitors with one name are one monitor. */
  readonly id: string;
  readonly environment: string;
  readonly evidenceDir: string;
  readonly healthPort: number;
  /** Partitions of predictions and labels that this process owns; undefined: all. */
  readonly partitions: readonly number[] | undefined;
  readonly timing: MonitorTiming;
  /** A prediction or label whose event time is this much after its record's own time is refused: it would close every window. */
  readonly maxAheadHours: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `EVIDENCE_DIR` (required), `HEALTH_PORT` (default 0: a free one), `MONITOR_ID` (`live`), `ENVIRONMENT`
 * (`production`), `MONITOR_PARTITIONS` (`0,1,2`; all when not set) and, in hours of event time,
 * `MONITOR_LATENESS_HOURS`, `MONITOR_LABEL_LATENESS_HOURS`, `MONITOR_LABEL_DEADLINE_HOURS`; `MONITOR_LABEL_SHARE`,
 * `MONITOR_MAX_ROWS`, `MONITOR_MAX_PENDING_LABELS`, `MONITOR_MAX_AHEAD_HOURS`. Throws an Error that names the variable to mend.
 */
export function monitorSettings(env: Environment): MonitorSettings {
  const evidenceDir = env['EVIDENCE_DIR'];
  if (!evidenceDir) throw new Error('EVIDENCE_DIR is missing; give the folder of the evidence store');
  const id = env['MONITOR_ID'] ?? 'live';
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id)) {
    throw new Error(
      `MONITOR_ID: '${id}' must be 1 to 64 lower-case letters, digits, dots, dashes, underscores`,
    );
  }
  const number = (name: string, fallback: number, low: number, high = Infinity): number => {
    const text = env[name];
    const value = text === undefined || text === '' ? fallback : Number(text);
    if (Number.isFinite(value) && value >= low && value <= high) return value;
    throw new Error(
      `${name}: '${text}' must be a number from ${low}${high === Infinity ? ' up' : ` to ${high}`}`,
    );
  };
  const t = defaultTiming;
  return {
    id,
    environment: env['ENVIRONMENT'] ?? 'production',
    evidenceDir,
    healthPort: number('HEALTH_PORT', 0, 0, 65_535),
    partitions: partitionsOf(env['MONITOR_PARTITIONS']),
    timing: {
      latenessHours: number('MONITOR_LATENESS_HOURS', t.latenessHours, 0),
      labelLatenessHours: number('MONITOR_LABEL_LATENESS_HOURS', t.labelLatenessHours, 0),
      labelShare: number('MONITOR_LABEL_SHARE', t.labelShare, 0.01, 1),
      labelDeadlineHours: number('MONITOR_LABEL_DEADLINE_HOURS', t.labelDeadlineHours, 0),
      maxRows: number('MONITOR_MAX_ROWS', t.maxRows, 1),
      maxPendingLabels: number('MONITOR_MAX_PENDING_LABELS', t.maxPendingLabels, 1),
    },
    maxAheadHours: number('MONITOR_MAX_AHEAD_HOURS', 24, 0),
  };
}

function partitionsOf(text: string | undefined): number[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const partitions = text.split(',').map((part) => Number(part.trim() || NaN));
  if (partitions.every((partition) => Number.isInteger(partition) && partition >= 0))
    return [...new Set(partitions)];
  throw new Error(`MONITOR_PARTITIONS: '${text}' must be whole numbers with commas between, such as 0,1,2`);
}
