/** Small data for the tiny models: callers whose outcomes follow the model's own probabilities, always the same. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { EvidenceStore } from '../../adapters/evidence/index.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import { encodeEvent } from '../../contracts/cloudevents.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { headers } from '../../contracts/gateway.ts';
import { eventTypes } from '../../contracts/live-events.ts';
import type { LabelObserved } from '../../contracts/live-events.ts';
import { topics } from '../../contracts/topics.ts';
import { createRandom } from '../../domain/statistics/index.ts';
import { call, inferBody, tinyScore } from '../gateway/support.ts';

export interface Flight {
  readonly carrier: string;
  readonly distance: number;
  readonly label: 0 | 1;
}

/** Outcomes as tiny-a foresees them, so that it is right as often as it says. */
export function flightsOf(seed: number): () => Flight {
  const random = createRandom(seed);
  const carriers = ['AA', 'UA', 'DL', 'B6'];
  return () => {
    const carrier = carriers[random.integer(carriers.length)] ?? 'AA';
    const distance = Math.fround(random.next() * 6000 - 3000);
    return { carrier, distance, label: random.next() < tinyScore('tiny-a', carrier, distance) ? 1 : 0 };
  };
}

/** The files that the sandbox stage reads: labelled rows, and rows with the answers that the training gave. */
export async function sandboxData(
  evidence: EvidenceStore,
  dir: string,
): Promise<Record<'validation' | 'golden', EvidenceRef>> {
  const next = flightsOf(1);
  const rows = Array.from({ length: 2000 }, next);
  const csv = join(dir, 'validation.csv');
  const file = join(dir, 'validation.parquet');
  const lines = rows.map(({ carrier, distance, label }) => `${carrier},${distance},${label}`);
  await writeFile(csv, ['carrier,distance,late', ...lines].join('\n'));
  const duck = await DuckDBInstance.create(':memory:');
  const connection = await duck.connect();
  await connection.run(`COPY (FROM read_csv('${csv}')) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  duck.closeSync();

  const golden = rows.slice(0, 50).map(({ carrier, distance }) => {
    const score = tinyScore('tiny-a', carrier, distance);
    return { features: { carrier, distance }, probabilities: [1 - score, score] };
  });
  return {
    validation: await evidence.putFile(file, {
      name: 'validation.parquet',
      mediaType: 'application/vnd.apache.parquet',
    }),
    golden: await evidence.put(JSON.stringify({ rows: golden }), {
      name: 'golden.json',
      mediaType: 'application/json',
    }),
  };
}

export interface Traffic {
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
const CALLERS_A_MINUTE = 24;

/**
 * Real callers of a model through the gateway, minute after minute of event time without a pause, each with the truth
 * on the label topic half a minute later. Goes on while workers come and go.
 */
export function startTraffic(gatewayUrl: string, log: EventLog, model: string): Traffic {
  const next = flightsOf(2);
  let going = true;
  const run = async (): Promise<void> => {
    const start = Date.parse('2013-03-01T00:00:00.000Z');
    for (let minute = 0; going; minute += 1) {
      const begin = start + minute * MINUTE_MS;
      const labels: LabelObserved[] = [];
      for (let caller = 0; caller < CALLERS_A_MINUTE && going; caller += 1) {
        const { carrier, distance, label } = next();
        const predictionId = `${model}-${minute}-${caller}`;
        const at = new Date(begin + (caller * MINUTE_MS) / CALLERS_A_MINUTE).toISOString();
        await call(
          `${gatewayUrl}/v2/models/${model}/infer`,
          'POST',
          inferBody([[carrier, distance]], predictionId),
          {
            [headers.key]: predictionId,
            [headers.time]: at,
          },
        );
        labels.push({
          model,
          predictionId,
          label,
          observedAt: new Date(Date.parse(at) + MINUTE_MS / 2).toISOString(),
        });
      }
      if (labels.length > 0) await log.publish(topics.labels, labels.map(labelEvent));
      // The judge looks twice a second; faster callers would only pile up bins.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const running = run();
  // Until it is awaited in `stop`, a failure must not be an unhandled rejection.
  running.catch(() => undefined);
  return {
    stop: async () => {
      going = false;
      await running;
    },
  };
}

function labelEvent(data: LabelObserved) {
  return encodeEvent({
    id: data.predictionId,
    source: '/test/labels',
    type: eventTypes.label,
    time: data.observedAt,
    subject: `models/${data.model}`,
    partitionkey: data.predictionId,
    data,
  });
}
