/** The drift monitor as a pure fold: records in, closed windows and what they announce out. */
export { stepAlarm, type AlarmState, type Announcement, type WindowVerdict } from './alarm.ts';
export {
  monitoredKinds,
  windowKey,
  type AnnouncedFinding,
  type ClosedWindow,
  type Finding,
  type MonitoredKind,
  type WindowCounts,
} from './closed-window.ts';
export { driftEventsOf, type DriftEvent, type DriftEventOrigin } from './drift-event.ts';
export { eventTimeOf } from './event-time.ts';
export type { MonitorInput, Place, Progress, Stream, Watched } from './input.ts';
export { createMonitor, type Monitor, type MonitorOptions, type MonitorStatus } from './monitor.ts';
export { judgeWindow } from './judge-window.ts';
export type { Features, ObservedLabel, Row } from './open-window.ts';
export type { Tally } from './tally.ts';
export { defaultTiming, type MonitorTiming } from './timing.ts';
export type { WindowJudge } from './window-judge.ts';
