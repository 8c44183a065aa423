export { ledTo, lineageOf, roots } from './chain.ts';
export { evidenceOf } from './dangling.ts';
export { modelOf, unreadStreams } from './streams.ts';
export type {
  Books,
  Dangling,
  DriftLine,
  Lineage,
  MonitorLine,
  ReleaseLine,
  RetrainingLine,
  TrafficLine,
} from './lineage.ts';
