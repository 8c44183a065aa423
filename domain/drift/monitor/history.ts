import { calm, stepAlarm, type AlarmState } from './alarm.ts';
import type { AnnouncedFinding, ClosedWindow, Finding, MonitoredKind } from './closed-window.ts';

/** What is settled about one version of one model: a fold of its closed windows, so a restart has it again. */
export interface VersionHistory {
  /** End of the latest window whose data part is judged; event time in milliseconds. */
  closedThrough: number;
  /** End of the latest window whose performance part is judged too. */
  finishedThrough: number;
  readonly alarms: Map<MonitoredKind, AlarmState>;
  /** Data parts whose performance part is still to come, by the window's start. */
  readonly awaiting: Map<number, ClosedWindow>;
}

export const emptyHistory = (): VersionHistory => ({
  closedThrough: -Infinity,
  finishedThrough: -Infinity,
  alarms: new Map(),
  awaiting: new Map(),
});

/** Takes a closed window into the history. The same window a second time changes nothing. */
export function remember(history: VersionHistory, closed: ClosedWindow): void {
  const start = Date.parse(closed.window.start);
  const end = Date.parse(closed.window.end);
  if (end <= (closed.part === 'data' ? history.closedThrough : history.finishedThrough)) return;
  for (const { kind, alarm } of closed.findings) history.alarms.set(kind, alarm);
  if (closed.part === 'data') {
    history.closedThrough = end;
    history.awaiting.set(start, closed);
  } else {
    history.finishedThrough = end;
    history.awaiting.delete(start);
  }
}

/** Says what of the findings is announced, given the windows before. */
export function announce(
  history: VersionHistory,
  findings: readonly Finding[],
  persistence: number,
): AnnouncedFinding[] {
  return findings.map((finding) => {
    const before = history.alarms.get(finding.kind) ?? calm;
    const { state, announce: aloud } = stepAlarm(before, finding.verdict, persistence);
    return { ...finding, announce: aloud, alarm: state };
  });
}
