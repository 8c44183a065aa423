import { StatisticsError } from '../statistics/error.ts';

/** An estimate with its 95 % bounds. */
export interface Bounded {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** A quality at one intensity. */
export interface CurvePoint extends Bounded {
  readonly intensity: number;
  /** Rows that it rests on. */
  readonly rows: number;
}

/**
 * The area under a curve of quality against intensity, divided by its width: the mean quality over intensities, in the
 * quality's own unit. Trapezoids; the bounds are the areas under the bounds, which is wide: points share their rows.
 *
 * @throws StatisticsError `EMPTY_SAMPLE` for fewer than two points
 */
export function areaUnder(points: readonly CurvePoint[]): Bounded {
  const sorted = [...points].sort((a, b) => a.intensity - b.intensity);
  const width = (sorted.at(-1)?.intensity ?? 0) - (sorted[0]?.intensity ?? 0);
  if (!(width > 0)) {
    throw new StatisticsError(
      'EMPTY_SAMPLE',
      'points',
      'A curve needs two intensities. Add one beside intensity 0.',
    );
  }
  const area = (pick: (point: CurvePoint) => number): number => {
    let sum = 0;
    for (let i = 1; i < sorted.length; i++) {
      const [a, b] = [sorted[i - 1]!, sorted[i]!];
      sum += ((b.intensity - a.intensity) / width) * ((pick(a) + pick(b)) / 2);
    }
    return sum;
  };
  return {
    estimate: area(({ estimate }) => estimate),
    lower: area(({ lower }) => lower),
    upper: area(({ upper }) => upper),
  };
}

/** A limit that quality must keep: at least, or at most. */
export interface Floor {
  readonly limit: number;
  readonly better: 'higher' | 'lower';
}

export type Standing =
  | { readonly stands: 'holds' | 'broken' }
  /** The bounds lie on both sides of the floor; so many rows would tell, if the estimate stays. Null: no number would. */
  | { readonly stands: 'open'; readonly rowsNeeded: number | null };

/** Whether a quality keeps its floor: decided by its bounds and not by its estimate. */
export function standingOf({ estimate, lower, upper, rows }: CurvePoint, { limit, better }: Floor): Standing {
  if (better === 'higher' ? lower >= limit : upper <= limit) return { stands: 'holds' };
  if (better === 'higher' ? upper < limit : lower > limit) return { stands: 'broken' };
  const away = Math.abs(estimate - limit);
  const half = estimate >= limit ? estimate - lower : upper - estimate;
  // Bounds narrow with the root of the rows.
  return { stands: 'open', rowsNeeded: away > 0 ? Math.ceil(rows * (half / away) ** 2) : null };
}

/**
 * The first intensity at which the estimate breaks the floor, and the last before it. Null, and the last one of all, where
 * none does; 0 tolerated where it is broken from the start.
 */
export function breakingPoint(
  points: readonly CurvePoint[],
  { limit, better }: Floor,
): { first: number | null; tolerated: number } {
  let tolerated = 0;
  for (const { intensity, estimate } of [...points].sort((a, b) => a.intensity - b.intensity)) {
    if (better === 'higher' ? estimate < limit : estimate > limit) return { first: intensity, tolerated };
    tolerated = intensity;
  }
  return { first: null, tolerated };
}
