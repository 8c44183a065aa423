import type { CanarySpec, GuardSpec } from '../../contracts/plan.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { asCount } from '../plan/index.ts';
import { effectOf } from './effect.ts';
import { quoted, span, type Note } from './sentence.ts';

/** How many callers meet the version how soon, how long it is looked at, and what takes it back. */
export function compareCanary(name: string, was: CanarySpec, is: CanarySpec, note: Note): PlaybookChange[] {
  const subject = quoted(name);
  const [first, firstWas] = [is.steps[0]?.weight ?? 0, was.steps[0]?.weight ?? 0];
  const [stride, strideWas] = [longestStride(is), longestStride(was)];
  const [samples, samplesWas] = [samplesOf(is), samplesOf(was)];
  return [
    ...note(
      effectOf('most', firstWas, first),
      'canary.steps',
      firstWas,
      first,
      (where) => `${subject} starts at ${first} % ${where} starts at ${firstWas} %`,
    ),
    ...note(
      effectOf('most', strideWas, stride),
      'canary.steps',
      strideWas,
      stride,
      (where) =>
        `${subject} puts up to ${stride} % of the callers more on the version at once ${where} puts ${strideWas} %`,
    ),
    ...note(
      effectOf('least', was.steps.length, is.steps.length),
      'canary.steps',
      was.steps.length,
      is.steps.length,
      (where) => `${subject} takes ${steps(is)} ${where} takes ${steps(was)}`,
    ),
    ...note(
      effectOf('least', samplesWas, samples),
      'canary.steps',
      samplesWas,
      samples,
      (where) =>
        `${subject} looks at ${asCount(samples)} labelled answers of each arm in all ${where} looks at ${asCount(samplesWas)}`,
    ),
    ...note(
      effectOf('least', was.maxSecondsPerStep, is.maxSecondsPerStep),
      'canary.maxTimePerStep',
      span(was.maxSecondsPerStep),
      span(is.maxSecondsPerStep),
      (where) =>
        `${subject} observes a step for ${span(is.maxSecondsPerStep)} at the longest ${where} gives it ${span(was.maxSecondsPerStep)}`,
    ),
    // The smaller it is, the surer the judge must be before it takes the version back.
    ...note(
      effectOf('least', was.alpha, is.alpha),
      'canary.alpha',
      was.alpha,
      is.alpha,
      (where) =>
        `${subject} takes the version back at a chance of ${is.alpha} of being wrong ${where} does at ${was.alpha}`,
    ),
    ...note(
      effectOf('none', binOf(was), binOf(is)),
      'canary.bin',
      span(binOf(was)),
      span(binOf(is)),
      (where) => `${subject} compares in bins of ${span(binOf(is))} ${where} has ${span(binOf(was))}`,
    ),
    ...note(
      effectOf('none', was.labelDelaySeconds, is.labelDelaySeconds),
      'canary.labelDelay',
      spanOr(was.labelDelaySeconds),
      spanOr(is.labelDelaySeconds),
      (where) =>
        `${subject} waits ${spanOr(is.labelDelaySeconds) ?? 'not at all'} for labels ${where} waits ${spanOr(was.labelDelaySeconds) ?? 'not at all'}`,
    ),
    ...compareGuards(subject, was.guards, is.guards, note),
  ];
}

function compareGuards(
  subject: string,
  was: readonly GuardSpec[],
  is: readonly GuardSpec[],
  note: Note,
): PlaybookChange[] {
  const metrics = [...new Set([...was, ...is].map(({ metric }) => metric))];
  return metrics.flatMap((metric) => {
    const [before, after] = [was, is].map((guards) => guards.find((one) => one.metric === metric));
    const at = `canary.guards.${metric}`;
    if (!after)
      return note(
        'weaker',
        at,
        before?.margin,
        null,
        (where) => `${subject} does without the guard ${metric}, ${where} has it`,
      );
    if (!before)
      return note(
        'stricter',
        at,
        null,
        after.margin,
        (where) => `${subject} has the guard ${metric} too, ${where} has none`,
      );
    return [
      ...note(
        effectOf('most', before.margin, after.margin),
        `${at}.margin`,
        before.margin,
        after.margin,
        (where) => `${subject} lets ${metric} get worse by ${after.margin} ${where} allows ${before.margin}`,
      ),
      ...note(
        effectOf('most', before.thresholdMs, after.thresholdMs),
        `${at}.thresholdMs`,
        before.thresholdMs,
        after.thresholdMs,
        (where) =>
          `${subject} calls an answer slow from ${after.thresholdMs} ms on ${where} says ${before.thresholdMs} ms`,
      ),
      ...note(
        effectOf('none', before.cost && { ...before.cost }, after.cost && { ...after.cost }),
        `${at}.cost`,
        before.cost && { ...before.cost },
        after.cost && { ...after.cost },
        (where) => `${subject} prices errors differently, ${where} has prices of its own`,
      ),
    ];
  });
}

/** Points of per cent between one weight and the next; the last one is that to all callers. */
function longestStride({ steps }: CanarySpec): number {
  const weights = [...steps.map(({ weight }) => weight), 100];
  return Math.max(...weights.slice(1).map((weight, i) => weight - weights[i]!));
}

const samplesOf = ({ steps }: CanarySpec): number =>
  steps.reduce((sum, { minSamples }) => sum + minSamples, 0);
const steps = ({ steps: all }: CanarySpec): string => `${all.length} ${all.length === 1 ? 'step' : 'steps'}`;
const spanOr = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : span(seconds);
/** The judge's own default, where nothing is said. */
const binOf = ({ binSeconds }: CanarySpec): number => binSeconds ?? 60;
