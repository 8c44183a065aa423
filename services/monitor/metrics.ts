import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { ClosedWindow, Reading, Stream } from '../../domain/drift/monitor/index.ts';

export interface MonitorMetrics {
  readonly registry: Registry;
  refused(topic: string): void;
  /** A window of an earlier life: its alarms still stand. */
  restored(window: ClosedWindow): void;
  closed(window: ClosedWindow, events: number): void;
}

/** Prometheus metrics of one monitor process; `lag` and `waiting` are asked when they are scraped. */
export function createMetrics(
  monitor: Reading,
  lag: () => Record<Stream, number>,
  waiting: () => number,
): MonitorMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const refused = new Counter({
    name: 'seatrial_monitor_refused_records_total',
    help: 'Records that are no valid event.',
    labelNames: ['topic'],
    registers,
  });
  const windows = new Counter({
    name: 'seatrial_monitor_closed_windows_total',
    help: 'Judged windows, by part: data or performance.',
    labelNames: ['model', 'part'],
    registers,
  });
  const events = new Counter({
    name: 'seatrial_monitor_drift_events_total',
    help: 'Drift events sent.',
    labelNames: ['model'],
    registers,
  });
  const alarmed = new Gauge({
    name: 'seatrial_monitor_alarmed',
    help: '1 while the alarm of this kind is raised.',
    labelNames: ['model', 'version', 'kind'],
    registers,
  });
  new Gauge({
    name: 'seatrial_monitor_records',
    help: 'Records of watched models by what became of them, since the process began.',
    labelNames: ['model', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { model, tally } of monitor.status()) {
        for (const [outcome, count] of Object.entries(tally)) this.set({ model, outcome }, count);
      }
    },
  });
  new Gauge({
    name: 'seatrial_monitor_open_windows',
    help: 'Windows that are not finished.',
    labelNames: ['model', 'version'],
    registers,
    collect() {
      this.reset();
      for (const { model, version, openWindows } of monitor.status())
        this.set({ model, version }, openWindows);
    },
  });
  new Gauge({
    name: 'seatrial_monitor_lag_records',
    help: 'Records that were not read at the last look.',
    labelNames: ['stream'],
    registers,
    collect() {
      for (const [stream, records] of Object.entries(lag())) this.set({ stream }, records);
    },
  });

  new Gauge({
    name: 'seatrial_monitor_waiting_shares',
    help: 'Shares of windows that wait for other partitions: a number that only grows says that nobody reads one of them.',
    registers,
    collect() {
      this.set(waiting());
    },
  });

  function showAlarms({ model, version, findings }: ClosedWindow): void {
    for (const { kind, alarm } of findings) {
      alarmed.set({ model, version, kind }, alarm.situation === 'alarmed' ? 1 : 0);
    }
  }

  return {
    registry,
    refused: (topic) => refused.inc({ topic }),
    restored: showAlarms,
    closed(closed, sent) {
      windows.inc({ model: closed.model, part: closed.part });
      if (sent > 0) events.inc({ model: closed.model }, sent);
      showAlarms(closed);
    },
  };
}
