import type { Signature } from '../../../contracts/plan.ts';
import type { Pair } from '../../../domain/shadow/index.ts';
import { masked, type Mask } from './mask.ts';
import type { Mirrored } from './mirror.ts';
import type { Planted } from './planted.ts';

export const MISSING_SLICE = '(missing)';

/** What is compared: both answers, by masked groups. Requests that the candidate left unanswered are not among them. */
export function pairsOf(seen: readonly Mirrored[], columns: readonly string[], mask: Mask): Pair[] {
  return seen.flatMap(({ prediction, champion, candidate, label }) => {
    if (candidate === null) return [];
    const slices = columns.map((name) => {
      const value = mask.value(name, prediction.features[name] ?? null);
      return value === null || value === '' ? MISSING_SLICE : String(value);
    });
    return [{ champion, candidate, label, slices, unit: prediction.unit ?? prediction.predictionId }];
  });
}

/**
 * The compared requests as JSON lines, masked. The planted rows go the same way, in front of the others. Only declared inputs
 * are written: a request may have brought more.
 */
export function pairLines(
  seen: readonly Mirrored[],
  { inputs }: Signature,
  mask: Mask,
  planted: Planted,
  most: number,
): string {
  const lines = seen
    .slice(0, most)
    .map(({ prediction, champion, candidate, milliseconds, layers, label }) => {
      const known = Object.fromEntries(inputs.map(({ name }) => [name, prediction.features[name] ?? null]));
      return JSON.stringify({
        request: mask.identifier(prediction.predictionId),
        unit: mask.identifier(prediction.unit ?? prediction.predictionId),
        features: masked(mask, known),
        champion,
        candidate,
        label,
        milliseconds: Math.round(milliseconds * 1000) / 1000,
        layers,
      });
    });
  const first = planted.rows.map((features) => JSON.stringify({ planted: true, features }));
  return [...first, ...lines, ''].join('\n');
}
