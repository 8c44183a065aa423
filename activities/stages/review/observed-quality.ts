import { runInThread } from '../../../adapters/thread/index.ts';
import type { Metric, Metrics } from '../../../contracts/report.ts';
import { classificationMetrics, classificationSums, type Interval } from '../../../domain/quality/index.ts';
import type { HindsightWindow } from '../../../domain/review/index.ts';
import type { CalibrationInput } from '../calibration-interval.ts';
import type { Answered } from './production-log.ts';

/** Fewer labelled rows than this have no quality that is worth a line. */
const LEAST = 2;

interface Labelled {
  readonly labels: Float64Array;
  readonly scores: Float64Array;
}

/** Quality of what production answered, by the code and under the names of the sandbox. Nothing without labels. */
export async function observedQuality(
  answers: readonly Answered[],
  { threshold, seed, signal }: { threshold: number; seed: number; signal: AbortSignal },
): Promise<Metrics> {
  const { labels, scores } = labelledOf(answers);
  if (labels.length < LEAST) return {};
  const { rocAuc, logLoss, brier, rows } = classificationMetrics(
    classificationSums(labels, scores, threshold),
  );
  const calibration = await runInThread<CalibrationInput, Interval>({
    module: new URL('../calibration-interval.ts', import.meta.url),
    name: 'calibrationInterval',
    input: { labels: [...labels], scores: [...scores], seed },
    signal,
  });
  return {
    ...(rocAuc === null ? {} : { auc: metricOf(rocAuc, '1', rows) }),
    'log-loss': metricOf(logLoss, 'nats', rows),
    brier: metricOf(brier, '1', rows),
    'calibration-error': metricOf(calibration, '1', rows),
  };
}

/**
 * Windows of event time as the monitor cuts them, as they are known now: one is broken when its log-loss is proven (95 %) to be above
 * `most`. Windows with fewer labelled rows than the watch asks for are left out, and so is the last, which is not over.
 */
export function hindsight(
  answers: readonly Answered[],
  { windowMs, minRows, most }: { windowMs: number; minRows: number; most: number },
): HindsightWindow[] {
  const windows = new Map<number, Answered[]>();
  for (const answer of answers) {
    const start = Math.floor(answer.at / windowMs) * windowMs;
    const list = windows.get(start);
    if (list === undefined) windows.set(start, [answer]);
    else list.push(answer);
  }
  const starts = [...windows.keys()].sort((a, b) => a - b).slice(0, -1);
  return starts.flatMap((start) => {
    const { labels, scores } = labelledOf(windows.get(start) ?? []);
    if (labels.length < Math.max(LEAST, minRows)) return [];
    const { logLoss } = classificationMetrics(classificationSums(labels, scores, 0.5));
    return [{ start, end: start + windowMs, broken: logLoss.lower > most }];
  });
}

export const labelledOf = (answers: readonly Answered[]): Labelled => {
  const both = answers.filter(({ label, score }) => label !== null && score !== null);
  return {
    labels: Float64Array.from(both, ({ label }) => label ?? 0),
    scores: Float64Array.from(both, ({ score }) => score ?? 0),
  };
};

function metricOf({ estimate, lower, upper }: Interval, unit: string, samples: number): Metric {
  return { value: estimate, unit, samples, lower, upper };
}
