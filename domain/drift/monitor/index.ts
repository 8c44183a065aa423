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
export { createAssemblies, type Assemblies, type AssemblyInput } from './assemblies.ts';
export { createCollector, type Collector, type MonitorStatus, type Reading } from './collector.ts';
export { mergeDataSummaries, dataSummaryOf, type DataSummary } from './data-summary.ts';
export { driftEventsOf, type DriftEvent, type DriftEventOrigin } from './drift-event.ts';
export { eventTimeOf } from './event-time.ts';
export { streams } from './input.ts';
export type { MonitorInput, Place, Progress, Stream, Watched } from './input.ts';
export { createMonitor, type Monitor, type MonitorOptions } from './monitor.ts';
export { judgeWindow } from './judge-window.ts';
export type { Features, ObservedLabel, Row } from './open-window.ts';
export {
  newsKey,
  type PartialWindow,
  type PartitionNews,
  type ProgressNews,
  type Standing,
} from './partial-window.ts';
export type { Tally } from './tally.ts';
export { defaultTiming, type MonitorTiming } from './timing.ts';
export { mergeTruthSummaries, truthSummaryOf, watchedFeatures, type TruthSummary } from './truth-summary.ts';
export type { WindowJudge } from './window-judge.ts';
