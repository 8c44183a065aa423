import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogError } from '../../../adapters/kafka/index.ts';
import { topics } from '../../../contracts/topics.ts';
import { referencePolicy } from '../reference.ts';
import { createTraffic, modelName } from '../traffic.ts';
import type { Traffic } from '../traffic.ts';
import { GROUP, startWorld, until } from '../world.ts';
import type { Ingest, World } from '../world.ts';
import { reconcile } from './reconcile.ts';
import type { Reconciliation } from './reconcile.ts';

export interface ConserveOptions {
  readonly events: number;
  readonly models: number;
  readonly seed: number;
  /** In order; the whole list unless given. */
  readonly disturbances?: readonly Disturbance[];
  /** Called when the books are closed, while everything still runs. */
  readonly look?: (world: World) => Promise<void>;
  readonly say?: (line: string) => void;
}

export interface Conserved extends Reconciliation {
  readonly seed: number;
  readonly mix: Readonly<Record<string, number>>;
  readonly seconds: { readonly total: number; readonly untilProduced: number; readonly untilSettled: number };
  readonly disturbances: readonly {
    readonly name: string;
    readonly atEvent: number;
    readonly seconds: number;
  }[];
  /** Largest resident memory of an ingest that was seen, in MiB; null where the system does not say. */
  readonly ingestPeakMiB: number | null;
  /** What the workers' own counter says, by bucket; it began with this run. */
  readonly workerCounter: Readonly<Record<string, number>>;
}

export interface Disturbance {
  readonly name: 'kill-ingest' | 'stop-temporal' | 'kill-broker' | 'join' | 'leave';
  /** Share of the events that is produced when it begins. */
  readonly at: number;
}

const everything: readonly Disturbance[] = [
  { name: 'join', at: 0.1 },
  { name: 'kill-ingest', at: 0.2 },
  { name: 'stop-temporal', at: 0.35 },
  { name: 'kill-ingest', at: 0.5 },
  { name: 'kill-broker', at: 0.6 },
  { name: 'leave', at: 0.7 },
  { name: 'kill-ingest', at: 0.8 },
];
const TEMPORAL_AWAY_MS = 8_000;
const BROKER_AWAY_MS = 4_000;

/** Mixed traffic through the real loop while its parts are killed and brought back; then every event is accounted for. */
export async function conserve(options: ConserveOptions): Promise<Conserved> {
  const { events, models, seed, say = () => undefined } = options;
  const traffic = createTraffic({ events, models, seed });
  const world = await startWorld();
  try {
    for (let model = 0; model < models; model += 1) await world.serve(modelName(model), referencePolicy);
    const stage = new Stage(world, say);
    await stage.begin();
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    const wanted = [...(options.disturbances ?? everything)];
    await produce(world, traffic, (produced) => {
      while (wanted[0] && produced >= wanted[0].at * events) stage.disturb(wanted.shift()!.name, produced);
    });
    await stage.quiet();
    const untilProduced = seconds();
    say(`all is produced after ${untilProduced.toFixed(0)} s`);
    await until('the lag is 0', async () => (await world.log.lag(GROUP, [topics.drift])) === 0, 600_000);
    const reconciliation = await settled(world, traffic);
    const untilSettled = seconds();
    const workerCounter = counterOf(await world.workerMetrics());
    await options.look?.(world);
    return {
      seed,
      mix: traffic.mix,
      ...reconciliation,
      seconds: { total: seconds(), untilProduced, untilSettled },
      disturbances: stage.done,
      ingestPeakMiB: stage.peakMiB,
      workerCounter,
    };
  } finally {
    await world.stop();
  }
}

/** Publishes in order, never far ahead of what is settled, so that whatever happens happens in the middle of work. */
async function produce(
  world: World,
  traffic: Traffic,
  onProgress: (produced: number) => void,
): Promise<void> {
  const total = traffic.records.length;
  const chunk = Math.max(20, Math.min(500, Math.round(total / 80)));
  const ahead = chunk * 8;
  for (let from = 0; from < total; from += chunk) {
    onProgress(from);
    const records = traffic.records.slice(from, from + chunk);
    for (;;) {
      try {
        if ((await world.log.lag(GROUP, [topics.drift])) > ahead) await sleep(200);
        else break;
      } catch {
        await sleep(500);
      }
    }
    // What was perhaps written is written again, as producers do: the copies have other offsets.
    for (let written = false; !written;) {
      try {
        await world.log.publish(topics.drift, records);
        written = true;
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) throw error;
      }
    }
  }
  onProgress(total);
}

/** When the models have dealt with their signals: the books are closed when they do not change any more. */
async function settled(world: World, traffic: Traffic): Promise<Reconciliation> {
  let [last, same]: [Reconciliation | undefined, number] = [undefined, 0];
  await until(
    'the books are closed',
    async () => {
      // A model that has just got its server back may be too busy to be asked; then it is asked again.
      const next = await reconcile(world, traffic);
      same = last?.accounted === next.accounted && last.finished === next.finished ? same + 1 : 0;
      last = next;
      await sleep(2_000);
      return same >= 2;
    },
    600_000,
  );
  return last!;
}

/** The ingests, and what happens to them and round them. One thing happens at a time. */
class Stage {
  readonly done: { name: string; atEvent: number; seconds: number }[] = [];
  peakMiB: number | null = null;
  private readonly world: World;
  private readonly say: (line: string) => void;
  private main: Ingest | undefined;
  private guest: Ingest | undefined;
  private busy: Promise<void> = Promise.resolve();
  private readonly watching: NodeJS.Timeout;

  constructor(world: World, say: (line: string) => void) {
    this.world = world;
    this.say = say;
    this.watching = setInterval(() => this.lookAtMemory(), 1_000);
    this.watching.unref();
  }

  async begin(): Promise<void> {
    this.main = await this.world.ingest();
  }

  disturb(name: Disturbance['name'], atEvent: number): void {
    this.busy = this.busy.then(async () => {
      const from = performance.now();
      await this.happen(name);
      const seconds = (performance.now() - from) / 1000;
      this.done.push({ name, atEvent, seconds });
      this.say(`${name} at event ${atEvent}, over after ${seconds.toFixed(1)} s`);
    });
    // Told by `quiet`; until then nobody waits for it.
    this.busy.catch(() => undefined);
  }

  async quiet(): Promise<void> {
    await this.busy;
    clearInterval(this.watching);
  }

  private async happen(name: Disturbance['name']): Promise<void> {
    const { world } = this;
    switch (name) {
      case 'join':
        this.guest = await world.ingest();
        return;
      case 'leave':
        await this.guest?.process.stop();
        return;
      case 'kill-ingest':
        this.main?.process.kill('SIGKILL');
        await this.main?.process.exited;
        this.main = await world.ingest();
        return;
      case 'stop-temporal':
        await world.stopTemporal();
        await sleep(TEMPORAL_AWAY_MS);
        return world.restartTemporal();
      case 'kill-broker':
        await world.killBroker();
        await sleep(BROKER_AWAY_MS);
        return world.restartBroker();
    }
  }

  private lookAtMemory(): void {
    for (const one of [this.main, this.guest]) {
      if (one === undefined || process.platform !== 'linux') continue;
      try {
        const status = readFileSync(`/proc/${one.process.pid}/status`, 'utf8');
        const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
        this.peakMiB = Math.max(this.peakMiB ?? 0, Math.round(kib / 1024));
      } catch {
        // It has just ended.
      }
    }
  }
}

function counterOf(text: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^seatrial_drift_events_total\{(.*)\} (\d+)/.exec(line);
    const bucket = /bucket="(\w+)"/.exec(match?.[1] ?? '')?.[1];
    if (bucket !== undefined) sums[bucket] = (sums[bucket] ?? 0) + Number(match?.[2]);
  }
  return sums;
}
