import type { StageActivity } from '../../contracts/activities.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult } from '../../contracts/report.ts';
import { faultNames, type FaultName } from '../../contracts/schemas/faults.ts';
import { resilienceParameters, type ResilienceParameters } from '../../contracts/schemas/resilience.ts';
import { exposureMetrics } from '../../domain/resilience/index.ts';
import type { ActivityContext } from '../context.ts';
import { defineTrialStage } from './define-stage.ts';
import { measureEnvelope } from './envelope.ts';
import { Caller } from './faults/caller.ts';
import { FaultProxy } from './faults/fault-proxy.ts';
import { testForLeaks } from './faults/leak-test.ts';
import { makeCalls, type Target } from './faults/load.ts';
import { tryFault, type FaultFacts, type FaultTrial } from './faults/try-fault.ts';
import { readGolden } from './golden.ts';
import type { Progress } from './progress.ts';
import { judgeResilience } from './resilience-findings.ts';
import { notMade, type Findings, notLoaded } from './stage-report.ts';
import { allTo, setTraffic } from './staging.ts';
import { loadVersion, type Trial } from './trial.ts';

/** Calls before the first fault, so that it meets a server that is warm. */
const WARM_UPS = 50;

/** What happens when what it depends on fails? */
export function resilience(context: ActivityContext): StageActivity {
  return defineTrialStage(context, {
    parameters: resilienceParameters,
    phases: (given) => [...triedIn(given), 'memory', 'envelope'],
    serving: ({ modelTimeoutMs }) => ({ modelTimeoutMs }),
    run: ({ plan, trial, given, progress }) => tryAll(context, plan, trial, given, progress),
  });
}

function triedIn({ faults }: ResilienceParameters): FaultName[] {
  return faultNames.filter((name) => faults[name] !== false);
}

async function tryAll(
  context: ActivityContext,
  plan: Plan,
  trial: Trial,
  given: ResilienceParameters,
  progress: Progress,
): Promise<Findings> {
  const golden = await readGolden(context.evidence, plan, trial.signature);
  const loaded = await loadVersion(trial, plan, given.loadSeconds);
  if (!loaded.loaded) return notLoaded(loaded);
  const { model, version, serving } = plan;
  const { url, pid } = trial.serving;
  const { signal, signature, client } = trial;
  await setTraffic(url, model, { changeId: 'resilience', fence: 1 }, allTo(version), signal);
  const fallback = given.callerFallback ? serving.fallback.score : null;
  const caller = new Caller({ model, version, signature, timeoutMs: given.timeoutMs, fallback });
  const proxy = await FaultProxy.start(url, given.seed);
  try {
    const target: Target = {
      caller,
      url: proxy.url,
      rows: golden.rows,
      scores: [...golden.expected],
      signal,
    };
    await makeCalls(target, { name: 'warm-up', calls: WARM_UPS, concurrency: given.concurrency });
    const objectiveSeconds = given.recoverySeconds ?? plan.rollback.objectiveSeconds;
    const onShare = (share: number): void => progress.within(share);
    const parts = { target, proxy, directUrl: url, pid, model, signature, log: context.log };
    const facts = await tryFaults({ ...parts, given, objectiveSeconds, onShare }, progress);
    const last = facts.at(-1);
    if (last !== undefined && !last[1].exposure.alive)
      return judgeResilience({ given, objectiveSeconds, facts }, leftAfter(given, facts));

    const straight = { ...target, url };
    const memory = await progress.phase('memory', () =>
      testForLeaks(straight, pid, given.memory.requests, given.concurrency, onShare),
    );
    const load = await progress.phase('envelope', () =>
      measureEnvelope(
        client,
        golden.rows,
        pid,
        { requests: given.calls * 4, concurrency: given.concurrency },
        onShare,
      ),
    );
    return judgeResilience({ given, objectiveSeconds, facts, memory, load }, []);
  } finally {
    await proxy.close();
  }
}

/** Every fault in its turn, until one ends the process: what would be tried after that would be tried on nothing. */
async function tryFaults(trial: FaultTrial, progress: Progress): Promise<[FaultName, FaultFacts][]> {
  const facts: [FaultName, FaultFacts][] = [];
  for (const name of triedIn(trial.given)) {
    const found = await progress.phase(name, () => tryFault(trial, name));
    facts.push([name, found]);
    progress.measured(exposureMetrics(name, found.exposure, trial.objectiveSeconds));
    if (!found.exposure.alive) break;
  }
  return facts;
}

function leftAfter(
  given: ResilienceParameters,
  facts: readonly (readonly [FaultName, FaultFacts])[],
): CheckResult[] {
  const done = facts.map(([name]) => name);
  const why = `the serving process ended under ${done.at(-1) ?? 'nothing'}`;
  return [
    ...triedIn(given)
      .filter((name) => !done.includes(name))
      .map((name) => notMade(name, `${name}-availability`, why)),
    notMade('memory', 'leak', why),
  ];
}
