import type { SeenWindow } from './watch-run.ts';

/** What one run with a change came to. Windows are counted from the first one with the change, which is 1. */
export interface DriftRun {
  /** The window whose alarm was the first from the change on; null when none was raised. */
  readonly alarm: number | null;
  /** An alarm stood already when the change began: the run says nothing about noticing it. */
  readonly alarmedBefore: boolean;
  /** The first window in which the model's true quality breaks its floor; null when none does. */
  readonly floor: number | null;
  /** Largest loss of true quality up to the alarm's window, or to the last one without an alarm. */
  readonly loss: number;
}

export interface TrueQuality {
  /** By window: how much worse than unchanged, 0 or more. */
  readonly loss: readonly number[];
  /** By window: whether the floor is broken. */
  readonly broken: readonly boolean[];
}

/** Reads a run with `before` windows before the change. */
export function driftRun(windows: readonly SeenWindow[], before: number, truth: TrueQuality): DriftRun {
  const alarmedBefore = windows[before]?.standing ?? false;
  const at = windows.findIndex(({ detected }, i) => i >= before && detected.length > 0);
  const broken = truth.broken.findIndex((is, i) => i >= before && is);
  const last = at < 0 ? windows.length - 1 : at;
  const loss = truth.loss.slice(before, last + 1).reduce((most, one) => Math.max(most, one), 0);
  return {
    alarm: at < 0 ? null : at - before + 1,
    alarmedBefore,
    floor: broken < 0 ? null : broken - before + 1,
    loss,
  };
}

/** Alarms without a change, and the windows that could have raised one: those before which none stood. */
export interface FalseAlarms {
  readonly alarms: number;
  readonly windowsAtRisk: number;
}

export function falseAlarmsOf(windows: readonly SeenWindow[]): FalseAlarms {
  const atRisk = windows.filter(({ standing }) => !standing);
  const alarms = atRisk.filter(({ detected }) => detected.length > 0).length;
  return { alarms, windowsAtRisk: atRisk.length };
}
