/**
 * The whole story on real flights: a model trained on winter goes live in March, summer comes, the monitor notices,
 * a retraining makes the next version, which beats the first on June's flights in its canary and is promoted.
 * `npm run demo -- --help` says how to take part. Exit code 0 only if the whole story held.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import { connectClient } from '../../adapters/temporal.ts';
import { openFileRegistry } from '../../adapters/registry/index.ts';
import { lineageTree } from '../../client/cli/lineage-text.ts';
import { compilePlan, openSeatrial, readReleaseFile, serves } from '../../client/index.ts';
import { openEvidence } from '../../adapters/evidence/index.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { Plan } from '../../contracts/plan.ts';
import { standOf, type ReleaseView } from '../../contracts/release-view.ts';
import { detectionOf } from '../../domain/review/index.ts';
import { installedProgram } from '../../stack/installed.ts';
import { startServices, stackEnv } from '../../stack/services.ts';
import { announceStack } from '../../stack/stack-file.ts';
import { defaultPorts, startStack } from '../../stack/stack.ts';
import { personAtTheGates, scriptedApprovers } from './demo/approvers.ts';
import { detectionLine } from './demo/detection.ts';
import { copyDossiers } from './demo/dossiers.ts';
import { firstModel } from './demo/first-model.ts';
import { compareOnJune } from './demo/june.ts';
import { reviewOutcome, reviewTable, type ReviewOutcome } from './demo/review.ts';
import { readOptions } from './demo/options.ts';
import { ledgerOutcome, outcomeTable, releaseOutcome } from './demo/outcome.ts';
import type { Outcome } from './demo/outcome.ts';
import { closedWindows, modelStateOf, waitFor } from './demo/stage-of-play.ts';
import { monthStart, readFlights } from './rows.ts';
import { createTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';

const HOUR = 3_600_000;
const root = join(import.meta.dirname, '../..');
const dataDir = join(root, '.seatrial/demo');
/** Between the canaries every fifth flight is enough for weekly windows. */
const QUIET_SAMPLE = 0.2;
const SHADOWED_PER_SECOND = 150;
/** A week's quality is judged this long after its end, in event time: labels come late. */
const JUDGED_AFTER = 32 * HOUR;

// A person reads the story here; the services log to files.
process.env['LOG_LEVEL'] ??= 'error';

const options = readOptions(process.argv.slice(2));
const began = Date.now();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const step = (line: string): void =>
  say(`[${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s] ${line}`);
const broken: string[] = [];
const expectThat = (holds: boolean, what: string): void => {
  if (!holds) broken.push(what);
  step(`${holds ? 'holds' : 'BROKEN'}: ${what}`);
};

await rm(dataDir, { recursive: true, force: true });
step('preparing flights and the first model, and starting Temporal, Kafka and the database');
const python = installedProgram('examplePython').path;
const [{ files, trained }, stack] = await Promise.all([
  firstModel(python),
  startStack({ dataDir, ports: defaultPorts, say }),
]);
Object.assign(process.env, stackEnv(stack));
const services = await startServices(stack, { gatewayPort: defaultPorts.gateway, say });
const announced = announceStack(stack, services.gatewayUrl);
step(
  `the stack is up; watch it at ${stack.temporalUi}; the first model was ${trained ? 'trained' : 'trained before, from the same data'}`,
);

const log = await connectLog(kafkaSettings(process.env));
const client = await connectClient();
const seatrial = openSeatrial();
const approvers = options.interactive ? personAtTheGates(seatrial, say) : scriptedApprovers(client, step);
let traffic: Traffic | undefined;

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  const outcome = await story();
  say(`\n${outcomeTable(outcome.releases)}\n`);
  for (const { stream, entries, valid } of outcome.ledgers)
    say(`ledger ${stream}: ${entries} entries, ${valid ? 'valid' : 'NOT VALID'}`);
  for (const { release, html, dangling } of outcome.dossiers)
    say(`dossier of ${release}: ${html} (names that lead nowhere: ${dangling})`);
  say(`evidence: ${stack.evidenceDir}\nlogs: ${stack.logDir}`);
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(outcome, null, 2)}\n`);
  say(
    outcome.ok
      ? `\nThe whole story held, in ${outcome.seconds.toFixed(0)} s.`
      : `\nThe story did not hold:\n  ${outcome.broken.join('\n  ')}`,
  );
  process.exitCode = outcome.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(
    `\nThe demo broke off: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stack.logDir}\n`,
  );
  process.exitCode = 1;
} finally {
  traffic?.close();
  announced.forget();
  await Promise.all([seatrial.close(), log.close(), client.connection.close()]);
  await services.stop();
  await stack.stop();
}

async function story(): Promise<Outcome> {
  const plan = await firstPlan();
  const { model } = plan;
  const first = (await seatrial.startRelease(plan)).release;
  step(`release 1 (${plan.version}): ${plan.summary}`);
  const one = await voyage(first, model, monthStart(3));
  expectThat(serves(one.view), `release 1 is live (it is ${standOf(one.view)})`);

  if (!serves(one.view)) throw new Error(broken.join('; '));

  step(`it is ${day(one.clock)}; the months go by, every fifth flight is replayed`);
  let review: ReviewOutcome | null = null;
  const alarm = await monthsGoBy(model, plan, one.clock, async () => {
    review ??= await reviewed(first);
  });
  step(`${day(alarm.clock)}: the monitor found drift (${alarm.reason}); retraining ${alarm.decision} starts`);
  const week = (plan.watch?.windowHours ?? 168) * HOUR;
  const rehearsed = one.view.steps.find(({ name }) => name === 'drift-rehearsal')?.metrics ?? {};
  const detection = detectionOf(rehearsed, monthStart(6), Date.parse(alarm.windowEnd), week);
  if (detection !== null) step(`  ${detectionLine(detection)}`);

  const second = await nextRelease(model, plan.version);
  step(
    `release 2 (${second.slice(second.lastIndexOf('/') + 1)}) was trained on the 60 days before and has started`,
  );
  const two = await voyage(second, model, alarm.clock);

  const champion = plan.version;
  const challenger = two.view.version;
  const june = await compareOnJune(services.gatewayUrl, model, files, Date.parse(alarm.windowEnd), {
    champion,
    challenger,
  });
  step(
    `on ${june.flights} real flights of June after the training data: AUC ${june.aucChampion.toFixed(3)} (${champion}), ${june.aucChallenger.toFixed(3)} (${challenger})`,
  );
  await judgeTheEnd(model, first, two.view, june);

  const views = await Promise.all([first, second].map((release) => seatrial.getRelease(release)));
  const ledgers = (
    await Promise.all([first, second, `model/${model}`].map((stream) => seatrial.verify(stream)))
  ).map(ledgerOutcome);
  expectThat(
    ledgers.every(({ valid }) => valid),
    'every ledger verifies',
  );
  const lineage = await seatrial.lineage(model);
  expectThat(lineage.dangling.length === 0, 'the lineage from drift to traffic has no gap');
  say(`\n${lineageTree(lineage)}\n`);
  const dossiers = await copyDossiers(
    seatrial,
    openEvidence(stack.evidenceDir),
    [first, second],
    join(dataDir, 'dossiers'),
  );
  expectThat(
    dossiers.every(({ dangling }) => dangling === 0),
    'both releases left a dossier, and no name in them leads nowhere',
  );
  await registryNames(model, options.badChallenger ? champion : challenger);
  const canary =
    two.view.steps.find(({ name, kind }) => kind === 'stage' && name === 'canary')?.metrics ?? {};
  return {
    ok: broken.length === 0,
    seconds: (Date.now() - began) / 1000,
    releases: views.map(releaseOutcome),
    june,
    drift: { alarmedAt: alarm.windowEnd, event: alarm.event, detection },
    review,
    canary: {
      samples: {
        baseline: canary['baseline-samples']?.value ?? 0,
        canary: canary['canary-samples']?.value ?? 0,
      },
    },
    rollback: { seconds: two.view.rollback?.seconds ?? null },
    ledgers,
    dossiers,
    broken,
  };
}

/** The release file, with this machine's Python, and spoilt for `--bad-challenger`. */
async function firstPlan(): Promise<Plan> {
  const { plan } = await compilePlan(
    await readReleaseFile(join(import.meta.dirname, 'release.yaml')),
    openEvidence(stack.evidenceDir),
  );
  const { retraining } = plan;
  if (!retraining) throw new Error('release.yaml has no retraining settings');
  const trainer = { ...retraining.trainer, command: [python, ...retraining.trainer.command.slice(1)] };
  if (!options.badChallenger) return { ...plan, retraining: { ...retraining, trainer } };
  // A careless team: the sandbox only warns, no curves are drawn and nothing is rehearsed, so that the canary must stop a
  // model that learnt nothing.
  const careless = plan.steps
    .filter((each) => each.kind !== 'stage' || !['synthetic', 'drift-rehearsal'].includes(each.stage))
    .map((each) =>
      each.kind === 'stage' && each.stage === 'sandbox'
        ? { ...each, checks: each.checks.map((check) => ({ ...check, severity: 'warning' as const })) }
        : each,
    );
  // The first release was not trained by the command that spoils the second.
  const steps = plan.steps.map((each) =>
    each.kind === 'stage' && each.stage === 'sandbox'
      ? { ...each, parameters: { ...each.parameters, trainAgain: false } }
      : each,
  );
  return {
    ...plan,
    steps,
    retraining: {
      ...retraining,
      trainer: { ...trainer, arguments: ['--shuffle-labels'] },
      next: { steps: careless },
    },
  };
}

/**
 * Follows a release until it is live or over, with the approvers looking on. Real flights are replayed from `from` while
 * the shadow or the canary needs callers; while people decide or other stages run, the replay holds its clock.
 */
async function voyage(
  release: string,
  model: string,
  from: number,
): Promise<{ view: ReleaseView; clock: number }> {
  const flights = await readFlights({ files, from, to: monthStart(9) });
  const replay = createTraffic({ gatewayUrl: services.gatewayUrl, model, log, flights });
  traffic = replay;
  let headline = '';
  const look = async (): Promise<ReleaseView> => {
    const view = await seatrial.getRelease(release);
    if (view.headline !== headline) step(`  ${view.headline}`);
    headline = view.headline;
    await approvers.look(release, view);
    return view;
  };
  for (;;) {
    const view = await look();
    if (view.outcome !== null || serves(view)) {
      await replay.finishLabels();
      const { sent, failed, byVersion } = replay.statistics();
      step(
        `  the replay stands at ${day(replay.clock)}: ${sent} requests answered, ${failed} failed; by version ${JSON.stringify(byVersion)}`,
      );
      replay.close();
      return { view, clock: replay.clock };
    }
    if (view.situation === 'held') throw new Error(view.headline);
    if (!(await needsCallers(view))) {
      await sleep(300);
      continue;
    }
    const { reason } = await replay.playUntil({
      until: async () => !(await needsCallers(await look())),
      concurrency: 8,
      // A canary takes all that come; a shadow looks at how they come.
      ...(view.situation === 'observing' ? {} : { perSecond: SHADOWED_PER_SECOND }),
    });
    if (reason === 'end') throw new Error('the flights of summer were not enough for the release');
  }
}

/** A canary is compared by its callers, and a shadow by those of production; before the first release there are none. */
async function needsCallers({ model, situation, step: at }: ReleaseView): Promise<boolean> {
  if (situation === 'observing') return true;
  if (situation !== 'running-stage' || at !== 'shadow') return false;
  return (await fetch(`${services.gatewayUrl}/v2/models/${model}/ready`)).ok;
}

interface Alarm {
  readonly clock: number;
  readonly decision: string;
  readonly reason: string;
  readonly event: string;
  readonly windowEnd: string;
}

/** Waits until people have signed what the review found, and prints it: predicted beside observed. */
async function reviewed(release: string): Promise<ReviewOutcome> {
  const view = await waitFor(
    'the review to be signed',
    async () => {
      const now = await seatrial.getRelease(release);
      await approvers.look(release, now);
      if (now.situation === 'held') throw new Error(now.headline);
      return now.review?.status === 'signed' || now.review?.status === 'disputed' ? now : null;
    },
    options.interactive ? 7 * 24 * 3600 : 120,
  );
  const found = reviewOutcome(view);
  say(`\n${reviewTable(found)}\n`);
  expectThat(found.status === 'signed', `the review of ${view.version} is signed (${found.summary})`);
  return found;
}

/**
 * Replays week after week, in step with the monitor, until the model's workflow decides to retrain. `afterFirst` comes when the
 * first whole week has been judged: by then the version has soaked.
 */
async function monthsGoBy(
  model: string,
  plan: Plan,
  from: number,
  afterFirst: () => Promise<void>,
): Promise<Alarm> {
  const week = (plan.watch?.windowHours ?? 168) * HOUR;
  const flights = await readFlights({ files, from, to: monthStart(9), sample: QUIET_SAMPLE });
  const replay = createTraffic({ gatewayUrl: services.gatewayUrl, model, log, flights });
  traffic = replay;
  for (let end = Math.ceil(from / week) * week + week; end < monthStart(9); end += week) {
    await replay.playUntil({ time: end + JUDGED_AFTER, concurrency: 8 });
    const window = await waitFor(`the monitor to judge the week to ${day(end)}`, async () =>
      (await closedWindows(services, model)).find((closed) => Date.parse(closed.window.end) === end),
    );
    const finding = window.findings.find(({ kind }) => kind === 'performance');
    const { logLoss, auc } = finding?.numbers ?? {};
    step(
      `  week to ${day(end)}: ${window.labels?.labelled ?? 0} labelled flights, log-loss ${logLoss?.toFixed(3)}, AUC ${auc?.toFixed(3)}${finding?.verdict === 'drift' ? ', DRIFT' : ''}`,
    );
    await afterFirst();
    if (finding?.announce !== 'detected') continue;
    const decided = await afterTheAlarm(model, new Date(end).toISOString());
    if (decided === null) continue;
    await replay.finishLabels();
    replay.close();
    return { clock: replay.clock, ...decided };
  }
  throw new Error('no drift was found until September');
}

/** Waits until the model's workflow has dealt with the alarm of a window; null when its policy decided against retraining. */
async function afterTheAlarm(model: string, windowEnd: string): Promise<Omit<Alarm, 'clock'> | null> {
  const stream = `model/${model}`;
  const outcome = await waitFor(`the model's workflow to hear of the drift`, async () => {
    const { entries } = await seatrial.history(stream);
    return entries
      .flatMap(({ type, data }) =>
        type === 'DriftReceived'
          ? (data['outcomes'] as unknown as { id: string; bucket: string; reason: string }[])
          : [],
      )
      .find(({ id }) => id.includes('/performance/') && id.endsWith(windowEnd));
  });
  if (outcome.bucket !== 'started') {
    step(`  no retraining: ${outcome.reason}`);
    return null;
  }
  const { running } = await modelStateOf(client, model);
  return { decision: running?.decision ?? '', reason: outcome.reason, event: outcome.id, windowEnd };
}

async function nextRelease(model: string, before: string): Promise<string> {
  return waitFor(
    'the retraining to start the next release',
    async () => {
      for await (const { workflowId } of client.workflow.list({
        query: `WorkflowType = 'releaseWorkflow' AND ReleaseModel = '${model}'`,
      })) {
        if (workflowId !== releaseWorkflowId(model, before)) return workflowId;
      }
      const state = await modelStateOf(client, model);
      if (state.running === null && state.decisions.length > 0) await failedRetraining(model);
      return null;
    },
    300,
  );
}

async function failedRetraining(model: string): Promise<void> {
  const { entries } = await seatrial.history(`model/${model}`);
  const finished = entries.findLast(({ type }) => type === 'RetrainingFinished');
  if (finished?.data['outcome'] === 'failed')
    throw new Error(`the retraining failed: ${String(finished.data['detail'])}`);
}

async function judgeTheEnd(
  model: string,
  first: string,
  two: ReleaseView,
  june: { aucChampion: number; aucChallenger: number },
): Promise<void> {
  const serving = async () => {
    const response = await fetch(`${services.gatewayUrl}/admin/models/${model}/traffic`);
    const { arms } = (await response.json()) as { arms: { version: string; weight: number }[] };
    return arms.map(({ version, weight }) => `${weight} % ${version}`).join(', ');
  };
  if (options.badChallenger) {
    expectThat(
      two.outcome === 'rolled-back',
      `the canary rolled release 2 back by itself (${two.outcomeReason ?? two.headline})`,
    );
    const one = await seatrial.getRelease(first);
    expectThat(
      serves(one) && (await serving()) === `100 % ${one.version}`,
      `release 1 still serves (${await serving()})`,
    );
    return;
  }
  expectThat(serves(two), `release 2 is live (it is ${standOf(two)})`);
  expectThat(june.aucChallenger > june.aucChampion, 'release 2 beats release 1 on June');
  const one = await waitFor('release 1 to hear that it is superseded', async () => {
    const view = await seatrial.getRelease(first);
    return view.outcome === null ? null : view;
  });
  expectThat(one.outcome === 'superseded', `release 1 is superseded (it is ${one.outcome})`);
  expectThat((await serving()) === `100 % ${two.version}`, `release 2 serves everybody (${await serving()})`);
}

/** The registry follows the ledger by some seconds. One of the person's own is not looked at. */
async function registryNames(model: string, version: string): Promise<void> {
  if (process.env['REGISTRY'] || process.env['REGISTRY_URL']) return;
  const registry = openFileRegistry(stackEnv(stack)['REGISTRY_DIR'] ?? '');
  const { versions } = await waitFor(`the registry to call ${version} champion`, async () => {
    const view = await registry.view(model);
    return view?.aliases.champion === version ? view : null;
  });
  step(
    `the registry in ${registry.place} has ${Object.keys(versions).length} versions, and ${version} is its champion`,
  );
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
