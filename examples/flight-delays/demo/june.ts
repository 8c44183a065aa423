import { FEATURES } from '../features.ts';
import { monthStart, readFlights } from '../rows.ts';
import type { Flight } from '../rows.ts';
import { rocAuc } from '../../../domain/quality/index.ts';

const BATCH = 500;

/** AUC of both versions on the same flights of June from `from` on, asked of the gateway by version. */
export async function compareOnJune(
  gatewayUrl: string,
  model: string,
  files: readonly string[],
  from: number,
  versions: { champion: string; challenger: string },
): Promise<{ aucChampion: number; aucChallenger: number; flights: number }> {
  const flights = (
    await readFlights({ files, from: Math.max(from, monthStart(6)), to: monthStart(7) })
  ).filter(({ late }) => late !== null);
  const labels = flights.map(({ late }) => late ?? 0);
  const auc = async (version: string) => rocAuc(labels, await scores(gatewayUrl, model, version, flights));
  return {
    aucChampion: await auc(versions.champion),
    aucChallenger: await auc(versions.challenger),
    flights: flights.length,
  };
}

async function scores(
  gatewayUrl: string,
  model: string,
  version: string,
  flights: readonly Flight[],
): Promise<number[]> {
  const all: number[] = [];
  for (let at = 0; at < flights.length; at += BATCH) {
    const rows = flights.slice(at, at + BATCH);
    const inputs = FEATURES.map(({ name, kind }) => ({
      name,
      datatype: kind === 'category' ? 'BYTES' : 'FP32',
      shape: [rows.length, 1],
      data: rows.map(({ features }) => features[name] ?? (kind === 'category' ? '' : null)),
    }));
    const response = await fetch(`${gatewayUrl}/v2/models/${model}/versions/${version}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs }),
    });
    if (!response.ok)
      throw new Error(`${model} ${version} answered ${response.status}: ${await response.text()}`);
    const { outputs } = (await response.json()) as { outputs: { name: string; data: number[] }[] };
    all.push(...(outputs.find(({ name }) => name === 'score')?.data ?? []));
  }
  return all;
}
