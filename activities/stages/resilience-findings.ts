import type { CheckResult, Envelope, Metric, Metrics } from '../../contracts/report.ts';
import { faultNames, type FaultName } from '../../contracts/schemas/faults.ts';
import type { ResilienceParameters } from '../../contracts/schemas/resilience.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import { exposureMetrics, judgeExposure } from '../../domain/resilience/index.ts';
import type { MemoryFacts } from './faults/leak-test.ts';
import type { FaultFacts } from './faults/try-fault.ts';
import { blocking, type Findings } from './stage-report.ts';

export interface ResilienceFacts {
  readonly given: ResilienceParameters;
  readonly objectiveSeconds: number;
  readonly facts: readonly (readonly [FaultName, FaultFacts])[];
  readonly memory?: MemoryFacts;
  readonly load?: { readonly envelope: Envelope; readonly metrics: Metrics };
}

/** Checks and metrics of everything that was tried; `left` are the checks that could not be made. */
export function judgeResilience(found: ResilienceFacts, left: readonly CheckResult[]): Findings {
  const { given, objectiveSeconds, facts, memory, load } = found;
  const limits = { ...given, recoverySeconds: objectiveSeconds };
  const checks = facts.flatMap(([name, one]) => [
    judgeExposure(name, one.exposure, limits),
    ...refusalCheck(name, one),
    ...backlogCheck(one),
  ]);
  const metrics: Metrics = Object.assign(
    {},
    load?.metrics,
    ...facts.map(([name, { exposure }]) => exposureMetrics(name, exposure, objectiveSeconds)),
    ...facts.map(([name, one]) => moreMetrics(name, one, objectiveSeconds)),
    overall(found),
    memoryMetrics(memory),
  ) as Metrics;
  const leftOut = faultNames.filter((name) => given.faults[name] === false);
  return {
    builtIn: [...checks, ...(memory === undefined ? [] : memoryChecks(memory, given)), ...left],
    metrics,
    ...(load === undefined ? {} : { envelope: load.envelope }),
    details: { faults: Object.fromEntries(facts), leftOut, memory, objectiveSeconds, parameters: given },
    headline: headlineOf(metrics, facts.length, leftOut),
  };
}

function refusalCheck(name: FaultName, { refusals }: FaultFacts): CheckResult[] {
  if (refusals === undefined) return [];
  const { asked, notRefused } = refusals;
  const some = notRefused
    .slice(0, 3)
    .map(({ what, status }) => `${what}: ${status === 0 ? 'no answer' : status}`);
  return [
    blocking(
      `${name}-refused`,
      `${name}-refused-share`,
      notRefused.length === 0,
      notRefused.length === 0
        ? `${asked} ${name} requests were each refused`
        : `${notRefused.length} of ${asked} ${name} requests were not refused: ${some.join('; ')}`,
    ),
  ];
}

function backlogCheck({ backlog }: FaultFacts): CheckResult[] {
  if (backlog === undefined) return [];
  const { published, peak, drainSeconds, lost, twice, inOrder } = backlog;
  const broken = [
    ...(drainSeconds === null
      ? [`${asCount(lost)} of ${asCount(published)} records still waited when the time was over`]
      : []),
    ...(twice > 0 ? [`${asCount(twice)} records came twice`] : []),
    ...(inOrder ? [] : ['records of one key came out of order']),
  ];
  const well = `${asCount(peak)} of ${asCount(published)} records had piled up and were drained in ${asNumber(drainSeconds ?? 0)} s, each once and in order`;
  return [
    blocking(
      'backlog-drains',
      'backlog-drain-seconds',
      broken.length === 0,
      broken.length === 0 ? well : broken.join('; '),
    ),
  ];
}

function moreMetrics(
  name: FaultName,
  { refusals, backlog, scoreShift }: FaultFacts,
  objectiveSeconds: number,
): Metrics {
  const drain = backlog === undefined ? undefined : (backlog.drainSeconds ?? objectiveSeconds);
  return {
    ...(refusals === undefined
      ? {}
      : {
          [`${name}-refused-share`]: {
            value: 1 - refusals.notRefused.length / refusals.asked,
            unit: '1',
            samples: refusals.asked,
          },
        }),
    ...(backlog === undefined || drain === undefined
      ? {}
      : {
          'backlog-peak': { value: backlog.peak, unit: 'records', samples: backlog.published },
          'backlog-drain-seconds': { value: drain, unit: 's', samples: backlog.published },
        }),
    ...(scoreShift === undefined
      ? {}
      : { [`${name}-score-shift`]: { value: scoreShift.value, unit: '1', samples: scoreShift.calls } }),
  };
}

/** Of all faults the worst, under the names that other stages use too. */
function overall({ facts, objectiveSeconds }: ResilienceFacts): Metrics {
  const tried = facts.filter(([, { exposure }]) => exposure.calls > 0);
  if (tried.length === 0) return {};
  const shares = tried.map(([, { exposure }]) => exposure.available / exposure.calls);
  const seconds = tried.map(([, { exposure }]) => exposure.recoverySeconds ?? objectiveSeconds);
  const calls = tried.reduce((sum, [, { exposure }]) => sum + exposure.calls, 0);
  return {
    availability: { value: Math.min(...shares), unit: '1', samples: calls },
    'recovery-seconds': { value: Math.max(...seconds), unit: 's', samples: tried.length },
  };
}

function memoryMetrics(memory: MemoryFacts | undefined): Metrics {
  if (memory === undefined) return {};
  const growth = growthOf(memory);
  const samples = memory.samples.at(-1)?.requests ?? 0;
  const metrics: Record<string, Metric> = {};
  if (memory.leak !== null) metrics['leak'] = { value: memory.leak, unit: 'MiB per 1000 requests', samples };
  if (growth !== null) metrics['memory-growth'] = { value: growth, unit: 'MiB', samples };
  return metrics;
}

/** From the first block to the fullest. */
function growthOf({ samples }: MemoryFacts): number | null {
  const [first] = samples;
  if (first === undefined) return null;
  return Math.max(...samples.map(({ mebibytes }) => mebibytes)) - first.mebibytes;
}

function memoryChecks(
  memory: MemoryFacts,
  { memory: { maxGrowthMiB, maxLeak } }: ResilienceParameters,
): CheckResult[] {
  const growth = growthOf(memory);
  const { leak } = memory;
  if (growth === null || leak === null) {
    const reason = 'the memory of the serving process could not be read: this needs /proc or ps';
    return [{ name: 'memory', metric: 'leak', severity: 'blocking', verdict: 'error', reason }];
  }
  const requests = asCount(memory.samples.at(-1)?.requests ?? 0);
  const what = `memory grew by ${asNumber(growth)} MiB over ${requests} requests, and goes on by ${asNumber(leak)} MiB for 1,000`;
  const holds = growth <= maxGrowthMiB && leak <= maxLeak;
  const limit = `at most ${asNumber(maxGrowthMiB)} MiB and ${asNumber(maxLeak)} MiB are allowed`;
  return [blocking('memory', 'leak', holds, `${what}; ${limit}`)];
}

function headlineOf(metrics: Metrics, tried: number, leftOut: readonly FaultName[]): string {
  const availability = metrics['availability']?.value ?? 0;
  const seconds = metrics['recovery-seconds']?.value ?? 0;
  const not = leftOut.length === 0 ? '' : `; left out: ${leftOut.join(', ')}`;
  return `under each of ${tried} faults at least ${asNumber(availability * 100)} % of the calls had a usable answer; the model was back after at most ${asNumber(seconds)} s${not}`;
}
