import { FALLBACK_VERSION } from '../../contracts/gateway.ts';
import type { LabelObserved, PredictionLogged } from '../../contracts/live-events.ts';
import type { GuardSpec } from '../../contracts/plan.ts';
import { collectArm } from '../judge/index.ts';
import type { Arm, ArmBin, JudgeBin, JudgeRow } from '../judge/index.ts';
import { SCORE_FLOOR } from './settings.ts';
import type { CanarySettings } from './settings.ts';

interface Row {
  readonly prediction: PredictionLogged;
  readonly exposure: number;
  /** This caller was not seen before, so routing chose its arm here. */
  readonly fresh: boolean;
  label: 0 | 1 | null;
}

interface OpenBin {
  readonly start: number;
  readonly rows: Row[];
}

/**
 * Predictions and labels become closed bins for the judge: rows of both arms, joined by prediction id, in bins of event
 * time. A bin closes when the clock of the log (the latest prediction) is `labelDelayMs` past its end; labels that come
 * later count as missing, rows that come later are only counted. Within a bin each canary weight is a stratum.
 */
export class Observation {
  private readonly settings: CanarySettings;
  private readonly versions: Readonly<Record<Arm, string>>;
  private readonly weights: readonly number[];
  private readonly open = new Map<number, OpenBin>();
  private readonly waiting = new Map<string, Row>();
  /** A label may be read before its prediction: the two topics are read apart. */
  private readonly early = new Map<string, 0 | 1>();
  private readonly callers = new Set<string>();
  private readonly labelled: Record<Arm, number>[];
  private clock = -Infinity;
  private closedBefore = -Infinity;
  private late = 0;

  constructor(settings: CanarySettings, versions: Readonly<Record<Arm, string>>, weights: readonly number[]) {
    this.settings = settings;
    this.versions = versions;
    this.weights = weights;
    this.labelled = weights.map(() => ({ baseline: 0, canary: 0 }));
  }

  /** Labelled rows in closed bins, by arm, since the exposure with this index began. */
  samples(exposure: number): Readonly<Record<Arm, number>> {
    return this.labelled[exposure] ?? { baseline: 0, canary: 0 };
  }

  predicted(prediction: PredictionLogged, exposure: number): void {
    const time = Date.parse(prediction.time);
    this.clock = Math.max(this.clock, time);
    if (prediction.version !== this.versions[prediction.arm]) return;
    // Redelivery: the gateway may log a record twice under one id.
    if (this.waiting.has(prediction.predictionId)) return;
    const start = Math.floor(time / this.settings.binMs) * this.settings.binMs;
    if (start < this.closedBefore) {
      this.late += 1;
      return;
    }
    const { unit } = prediction;
    const fresh = unit !== undefined && !this.callers.has(unit);
    if (unit !== undefined) this.callers.add(unit);
    const label = this.early.get(prediction.predictionId) ?? null;
    this.early.delete(prediction.predictionId);
    const row: Row = { prediction, exposure, fresh, label };
    this.waiting.set(prediction.predictionId, row);
    const bin = this.open.get(start) ?? { start, rows: [] };
    bin.rows.push(row);
    this.open.set(start, bin);
  }

  observed({ predictionId, label }: LabelObserved): void {
    const row = this.waiting.get(predictionId);
    if (row) row.label = label;
    else if (this.early.size < EARLY_LABELS) this.early.set(predictionId, label);
  }

  /** Bins that closed since the last call, in order of time and then of weight. */
  closed(): JudgeBin[] {
    const watermark = this.clock - this.settings.labelDelayMs;
    const due = [...this.open.values()]
      .filter(({ start }) => start + this.settings.binMs <= watermark)
      .sort((a, b) => a.start - b.start);
    return due.flatMap((bin) => this.close(bin));
  }

  private close({ start, rows }: OpenBin): JudgeBin[] {
    this.open.delete(start);
    const end = start + this.settings.binMs;
    this.closedBefore = Math.max(this.closedBefore, end);
    const bins: JudgeBin[] = [];
    this.weights.forEach((weight, exposure) => {
      const mine = rows.filter((row) => row.exposure === exposure);
      if (mine.length === 0) return;
      const arms = { baseline: this.arm(mine, 'baseline'), canary: this.arm(mine, 'canary') };
      const late = this.late;
      this.late = 0;
      bins.push({
        start,
        end,
        arms,
        segment: `${exposure + 1}: ${weight} %`,
        ...(weight > 0 && weight < 100 ? { intended: { baseline: 100 - weight, canary: weight } } : {}),
        ...(late > 0 ? { late } : {}),
      });
    });
    for (const row of rows) {
      this.waiting.delete(row.prediction.predictionId);
      const count = this.labelled[row.exposure];
      if (count && row.label !== null) count[row.prediction.arm] += 1;
    }
    return bins;
  }

  private arm(rows: readonly Row[], arm: Arm): ArmBin {
    const own = rows.filter(({ prediction }) => prediction.arm === arm);
    const judged = own.map((row) => this.judgeRow(row));
    const collected = collectArm(judged, this.settings.judge);
    const identified = own.every(({ prediction }) => prediction.unit !== undefined);
    if (!identified) return collected;
    const fresh = own.filter((row) => row.fresh);
    return { ...collected, assigned: fresh.length, covariates: this.covariates(fresh) };
  }

  private covariates(rows: readonly Row[]): Record<string, Record<string, number>> {
    const counts: Record<string, Record<string, number>> = {};
    for (const name of this.settings.balance) {
      const levels: Record<string, number> = {};
      for (const { prediction } of rows) {
        const level = String(prediction.features[name] ?? 'missing');
        levels[level] = (levels[level] ?? 0) + 1;
      }
      counts[name] = levels;
    }
    return counts;
  }

  private judgeRow({ prediction, label }: Row): JudgeRow {
    const values: Record<string, number | boolean | null> = {};
    for (const guard of this.settings.spec.guards) {
      if (guard.metric !== 'latency')
        values[guard.metric] = valueOf(guard, prediction, label, this.settings.threshold);
    }
    return { values, latencyMs: prediction.latencyMs };
  }
}

/** Labels kept for predictions that have not been read yet; most labels of other versions never find theirs. */
const EARLY_LABELS = 100_000;

/** One row's value of a guard's metric; null where the label or the score is missing. */
export function valueOf(
  guard: GuardSpec,
  prediction: PredictionLogged,
  label: 0 | 1 | null,
  threshold: number,
): number | boolean | null {
  const { score, status, version } = prediction;
  if (guard.metric === 'errors')
    return status === 'error' || (status === 'fallback' && version !== FALLBACK_VERSION);
  if (score === null || label === null || !Number.isFinite(score)) return null;
  switch (guard.metric) {
    case 'log-loss': {
      const held = Math.min(Math.max(score, SCORE_FLOOR), 1 - SCORE_FLOOR);
      return -Math.log(label === 1 ? held : 1 - held);
    }
    case 'brier':
      return (score - label) ** 2;
    case 'cost': {
      const called = score >= threshold ? 1 : 0;
      if (called === label) return 0;
      return label === 1 ? (guard.cost?.falseNegative ?? 1) : (guard.cost?.falsePositive ?? 1);
    }
    case 'latency':
      return null;
  }
}
