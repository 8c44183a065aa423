import { createRandom } from '../../domain/statistics/index.ts';
import { profileOf, type ReferenceProfile } from '../../domain/drift/index.ts';
import type { LabelObserved, PredictionLogged } from '../../contracts/live-events.ts';
import { label, prediction } from './core-fixture.ts';

/** What is written to the log at one moment of event time, in hours. */
export type Written =
  | { readonly at: number; readonly kind: 'prediction'; readonly prediction: PredictionLogged }
  | { readonly at: number; readonly kind: 'label'; readonly label: LabelObserved };

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

interface SyntheticRow {
  readonly wind: number;
  readonly carrier: string;
  readonly score: number;
  readonly label: 0 | 1;
}

/** A model that knows the world exactly; when it has drifted, the wind blows harder and its answers are far off. */
function rowOf(random: ReturnType<typeof createRandom>, drifted: boolean): SyntheticRow {
  const wind = random.normal() + (drifted ? 2 : 0);
  const carrier = ['UA', 'DL', 'B6'][random.integer(3)]!;
  const score = logistic(wind - 1);
  const truth = drifted ? 1 - score : score;
  return { wind, carrier, score, label: random.next() < truth ? 1 : 0 };
}

/** The profile of 2,000 rows before any drift. */
export function syntheticProfile(seed: number): ReferenceProfile {
  const random = createRandom(seed);
  const rows = Array.from({ length: 2_000 }, () => rowOf(random, false));
  return profileOf(
    [
      { name: 'wind', kind: 'numeric', values: rows.map((row) => row.wind) },
      { name: 'carrier', kind: 'category', values: rows.map((row) => row.carrier) },
    ],
    { output: { scores: rows.map((row) => row.score), labels: rows.map((row) => row.label) } },
  );
}

/** Days of traffic, drifted from day `from` to day `to`; labels come up to 5 hours later, one in twenty never. */
export function syntheticTraffic(
  seed: number,
  days: number,
  perDay: number,
  from: number,
  to: number,
): Written[] {
  const random = createRandom(seed);
  const written: Written[] = [];
  for (let i = 0; i < days * perDay; i++) {
    const time = (24 * i) / perDay;
    const { wind, carrier, score, label: truth } = rowOf(random, time >= 24 * from && time < 24 * to);
    const id = `row-${i}`;
    const at = time + random.next() * 1.5;
    written.push({
      at,
      kind: 'prediction',
      prediction: prediction(id, time, { features: { wind, carrier }, score }),
    });
    if (random.next() < 0.05) continue;
    const known = time + 5 * random.next();
    written.push({ at: known + random.next() * 1.5, kind: 'label', label: label(id, known, truth) });
  }
  return written.sort((a, b) => a.at - b.at);
}
