/**
 * Proves that the stage `shadow` asks a candidate what production's callers ask, with a real gateway, a real Kafka and real flights:
 * that it passes a candidate that agrees, stops each that does not where its defect shows, and stores nothing personal.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyedMask, type Mask } from '../../activities/stages/shadow/mask.ts';
import { shadow } from '../../activities/stages/index.ts';
import type { ActivityContext } from '../../activities/context.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Report } from '../../contracts/report.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import { monthlyFiles } from '../../examples/flight-delays/materialise.ts';
import { monthStart, readFlights } from '../../examples/flight-delays/rows.ts';
import { createTraffic, type Traffic } from '../../examples/flight-delays/traffic.ts';
import { startGateway, type Gateway } from '../../services/gateway/server.ts';
import { flights, runTraining } from '../example/flights.ts';
import { call, inferBody, only, setTraffic } from '../gateway/support.ts';
import { startBroker, until, type TestBroker } from '../kafka/broker.ts';
import {
  checkOf,
  flightsBetween,
  fullReport,
  isAlive,
  planOf,
  put,
  required,
  runStage,
  startStage,
  trainExample,
} from './support.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

let broker: TestBroker;
let log: EventLog;
let world: TinyWorld;
let gateway: Gateway;
let context: ActivityContext;
let tiny: Record<'a' | 'b' | 'brittle', EvidenceRef>;

/** Patience enough for a busy machine. */
const QUICK = {
  minRequests: 250,
  maxSeconds: 60,
  maxInFlight: 256,
  budgets: { network: 5000, gateway: 5000, model: 5000 },
};

beforeAll(async () => {
  broker = await startBroker();
  log = await broker.connect();
  world = await makeTinyWorld(log);
  gateway = await startGateway({
    port: 0,
    evidenceDir: join(world.dir, 'evidence'),
    dataDir: join(world.dir, 'gateway'),
    log: () => broker.connect(),
  });
  context = { ...world.context, gatewayUrl: gateway.url };
  tiny = {
    a: await world.model('tiny-a'),
    b: await world.model('tiny-b'),
    brittle: await world.model('tiny-brittle'),
  };
});
afterAll(async () => {
  await gateway.close();
  for (const { pid } of world.servings) expect(isAlive(pid)).toBe(false);
  await world.remove();
  await log.close();
  await broker.destroy();
});

/** Puts a version in front of all callers of a model. */
async function serve(
  model: string,
  version: string,
  files: { artifact: EvidenceRef; signature: EvidenceRef },
): Promise<void> {
  const body = { ...files, fallback: { score: 0.25 }, threshold: 0.5 };
  const loaded = await call(`${gateway.url}/admin/models/${model}/versions/${version}`, 'PUT', body);
  expect(loaded.status).toBe(200);
  await setTraffic(gateway.url, only(version), { model });
}

describe('on real flights', () => {
  let champion: Record<string, EvidenceRef>;
  let traffic: Traffic;
  let calling: Promise<unknown> | undefined;

  const candidate = (
    version: string,
    artifact: EvidenceRef,
    parameters: JsonObject = {},
    model = 'flights',
  ) => ({
    ...planOf('shadow', { files: champion, artifact, parameters: { ...QUICK, ...parameters } }),
    model,
    version,
  });
  /** Real callers of February while the stage runs, a hundred a second. */
  async function beside(plan: ReturnType<typeof candidate>): Promise<Report> {
    let over = false;
    const files = await monthlyFiles((await flights()).dir);
    const rows = await readFlights({ files, from: monthStart(2), to: monthStart(3) });
    traffic = createTraffic({ gatewayUrl: gateway.url, model: plan.model, log, flights: rows });
    calling = traffic.playUntil({ until: () => over, perSecond: 100 });
    try {
      return await runStage(world, shadow(context), plan);
    } finally {
      over = true;
      await calling;
      traffic.close();
    }
  }

  beforeAll(async () => {
    champion = await trainExample(world, 'champion');
    await serve('flights', 'v1', {
      artifact: required(champion, 'model'),
      signature: required(champion, 'signature'),
    });
  });

  it('a candidate of the same data agrees and passes, with labels and layers measured', async () => {
    const again = await trainExample(world, 'again', '--holdout', '0.15');
    const report = await beside(
      candidate('v2', required(again, 'model'), {
        sliceMinRows: 50,
        maxSliceFlipRate: 0.3,
        logLossMargin: 0.1,
      }),
    );
    expect(
      report.checks.filter(({ verdict, severity }) => verdict !== 'pass' && severity === 'blocking'),
    ).toEqual([]);
    expect(report.summary).toMatch(/beside the champion v1 on 2\d\d requests/);
    expect(report.metrics['flip-rate']?.samples).toBeGreaterThanOrEqual(240);
    for (const layer of ['network', 'gateway', 'model'])
      expect(report.metrics[`latency-${layer}-p99`]?.value).toBeGreaterThan(0);
    expect(report.metrics['labelled']?.value).toBeGreaterThan(0);
    const { details } = await fullReport(world, report);
    expect(details['columns']).toEqual(['carrier', 'origin', 'dest']);
  });

  it('a candidate that learnt one carrier wrong is caught in that slice, by name', async () => {
    const january = await flightsBetween(monthStart(1), monthStart(2), join(world.dir, 'right.parquet'));
    const data = join(world.dir, 'wrong.parquet');
    await withDuck((duck) =>
      duck.run(
        `COPY (SELECT * REPLACE (CASE WHEN carrier = 'UA' THEN 1 ELSE late END AS late) FROM read_parquet('${january}')) TO '${data}' (FORMAT parquet)`,
      ),
    );
    const out = join(world.dir, 'wrong');
    const ran = await runTraining(['--data', data, '--out', out, '--seed', '7', '--iterations', '30']);
    expect(ran.stderr).toBe('');
    const wrong = await put(world, join(out, 'model.onnx'));
    // Overall limits that such a candidate keeps: only the slice gives it away.
    const report = await beside(
      candidate('v3', wrong, { maxFlipRate: 0.5, maxScoreShift: 0.5, sliceMinRows: 30, logLossMargin: 1 }),
    );
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'flips').verdict).toBe('pass');
    expect(checkOf(report, 'slice-flips')).toMatchObject({ verdict: 'fail' });
    expect(checkOf(report, 'slice-flips').reason).toMatch(/where carrier is UA/);
    expect(checkOf(report, 'slice-score-shift').verdict).toBe('fail');
  });

  it('a first release opens the declared answer to callers, and is compared with it', async () => {
    const url = `${gateway.url}/admin/models/first/traffic`;
    expect((await call(url, 'GET')).status).toBe(404);
    const report = await beside(
      candidate('v1', required(champion, 'model'), { logLossMargin: 0.5 }, 'first'),
    );
    expect(report.summary).toMatch(/beside the declared answer on/);
    expect(report.checks.map(({ name }) => name)).not.toContain('flips');
    expect(report.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect((await call(url, 'GET')).body['arms']).toEqual([
      { arm: 'baseline', version: 'fallback', weight: 100 },
    ]);
    // It took the traffic from nobody: any release's own change still counts.
    const { status } = await setTraffic(gateway.url, only('v1'), { model: 'first', fence: 1 });
    expect(status).toBe(200);
  });
});

describe('on tiny models', () => {
  const plan = (model: string, artifact: EvidenceRef, parameters: JsonObject = {}) => ({
    ...planOf('shadow', {
      files: world.files,
      artifact,
      data: {},
      parameters: { ...QUICK, minRequests: 60, sliceMinRows: 20, ...parameters },
    }),
    model,
    version: 'v2',
  });
  /** Callers of these carriers in turn, until the stage is over. */
  function callers(model: string, carriers: readonly string[]): { stop: () => Promise<void> } {
    let over = false;
    const calling = (async () => {
      for (let n = 0; !over; n++) {
        const row = [[carriers[n % carriers.length] ?? 'AA', 500 + (n % 7)]] as const;
        await call(`${gateway.url}/v2/models/${model}/infer`, 'POST', inferBody(row, `${model}-${n}`));
        await sleep(10);
      }
    })();
    return {
      stop: async () => {
        over = true;
        await calling;
      },
    };
  }
  async function compared(
    model: string,
    artifact: EvidenceRef,
    carriers: readonly string[],
    parameters: JsonObject = {},
    maskOf?: typeof keyedMask,
  ): Promise<Report> {
    await serve(model, 'v1', { artifact: tiny.a, signature: world.files.signature });
    const calling = callers(model, carriers);
    try {
      return await runStage(world, shadow(context, maskOf), plan(model, artifact, parameters));
    } finally {
      await calling.stop();
    }
  }
  /** Every file of the evidence store in one text. */
  const allStored = async (): Promise<string> => {
    const files = await readdir(join(world.dir, 'evidence'), { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), 'latin1'));
    return (await Promise.all(texts)).join('\n');
  };

  it('a budget that is broken in one layer is caught in that layer', async () => {
    const report = await compared('slow', tiny.a, ['AA', 'UA'], {
      budgets: { network: 5000, gateway: 5000, model: 0.001 },
    });
    expect(checkOf(report, 'latency-model').verdict).toBe('fail');
    expect(checkOf(report, 'latency-gateway').verdict).toBe('pass');
    expect(checkOf(report, 'latency-network').verdict).toBe('pass');
  });

  it('a candidate that does not answer what the champion answers, and one that cannot keep up', async () => {
    const report = await compared('brittle', tiny.brittle, ['AA', 'DL']);
    expect(checkOf(report, 'answers').reason).toMatch(/left \d+ of 60 requests unanswered/);
    expect(checkOf(report, 'answers').verdict).toBe('fail');
    // Beside the declared answer, which is quick: ZZ takes the model far longer than until the next caller comes.
    const calling = callers('jam', ['ZZ']);
    const slow = await runStage(
      world,
      shadow(context),
      plan('jam', tiny.a, { minRequests: 30, maxInFlight: 1 }),
    );
    await calling.stop();
    expect(checkOf(slow, 'keeps-up').verdict).toBe('fail');
  });

  it('personal values are in no file, and a mask that is switched off is found and nothing of it stored', async () => {
    const personal = ['jane.doe@example.net', '+41 44 668 18 99', 'AA'];
    const report = await compared('masked', tiny.a, personal, { personal: [] });
    expect(checkOf(report, 'masked').verdict).toBe('pass');
    expect(report.evidence.map(({ name }) => name)).toContain('shadow-pairs.jsonl');
    const declared = await compared('declared', tiny.a, ['Jane Doe-Miller', 'AA'], { personal: ['carrier'] });
    expect(checkOf(declared, 'masked').reason).toMatch(/carrier masked/);
    const open = (...given: Parameters<typeof keyedMask>): Mask => ({
      ...keyedMask(...given),
      value: (_, value) => value,
    });
    const leaky = await compared('leaky', tiny.a, ['john.roe@example.net', 'AA'], {}, open);
    expect(leaky.verdict).toBe('fail');
    expect(checkOf(leaky, 'masked').reason).toMatch(/3 texts look like|texts look like an e-mail address/);
    expect(leaky.evidence.map(({ name }) => name)).toEqual(['shadow-report.json']);
    const stored = await allStored();
    expect(stored).toContain('shadow-pairs.jsonl');
    for (const secret of ['jane.doe@', '668 18 99', 'Doe-Miller', 'john.roe@', 'kanarie', 'Kanarie'])
      expect(stored).not.toContain(secret);
  });

  it('too little traffic is inconclusive, and says how much more is needed', async () => {
    const report = await compared('quiet', tiny.a, ['AA'], { minRequests: 5000, maxSeconds: 2 });
    expect(report.verdict).toBe('inconclusive');
    expect(checkOf(report, 'requests').reason).toMatch(/5,000 are needed: [\d,]+ more/);
    expect(report.checks.map(({ name }) => name)).not.toContain('flips');
  });

  it('a version that the gateway knows with other content is refused for good', async () => {
    const body = {
      artifact: tiny.b,
      signature: world.files.signature,
      fallback: { score: 0.25 },
      threshold: 0.5,
    };
    expect((await call(`${gateway.url}/admin/models/other/versions/v2`, 'PUT', body)).status).toBe(200);
    await expect(runStage(world, shadow(context), plan('other', tiny.a))).rejects.toMatchObject({
      type: 'PlanInvalid',
    });
  });

  it('ends its process when cancelled, and callers notice nothing', async () => {
    await serve('cut', 'v1', { artifact: tiny.a, signature: world.files.signature });
    const before = world.servings.length;
    const started = await startStage(world, shadow(context), plan('cut', tiny.a));
    await until('the candidate is there', () => world.servings.length > before);
    started.environment.cancel();
    await expect(started.report).rejects.toThrow(/cancel/i);
  });
});
