import { createRandom } from '../../../domain/statistics/random.ts';
import {
  anonymityOf,
  closestRecords,
  columnsOf,
  drawRows,
  fidelityOf,
  fitTwin,
  kAnonymous,
  meanDistance,
  type ClosestRecords,
  type ColumnName,
  type Fidelity,
  type Value,
} from '../../../domain/synthetic/index.ts';

// What a thread computes for the twin: plain data in and out.

export interface DrawInput {
  readonly columns: readonly ColumnName[];
  /** Name of the label's column, the last one. */
  readonly anchor: string;
  readonly real: readonly (readonly Value[])[];
  readonly seed: number;
}

export interface DrawnTwin {
  /** One half of the real rows each, drawn at random. */
  readonly fitted: readonly (readonly Value[])[];
  readonly heldOut: readonly (readonly Value[])[];
  /** As many rows of the twin as it was fitted on. */
  readonly drawn: readonly (readonly Value[])[];
}

/** Fits the twin on half of the real rows, and draws as many from it. */
export function drawTwin({ columns, anchor, real, seed }: DrawInput): DrawnTwin {
  const random = createRandom(seed);
  const order = real.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const rows = order.map((i) => real[i]!);
  const half = Math.floor(rows.length / 2);
  const fitted = rows.slice(0, half);
  const twin = fitTwin(columnsOf(columns, fitted), { anchor });
  return { fitted, heldOut: rows.slice(half), drawn: drawRows(twin, half, random) };
}

export interface ExamineInput extends DrawnTwin {
  readonly columns: readonly ColumnName[];
  readonly quasiIdentifiers: readonly number[];
  readonly k: number;
  readonly seed: number;
}

export interface Examined {
  /** What may be shown. */
  readonly released: readonly (readonly Value[])[];
  /** Rows left out because too few others share their quasi-identifiers. */
  readonly suppressed: number;
  /** The k that the released rows have; null without quasi-identifiers or rows. */
  readonly anonymity: number | null;
  /** Null for fewer than 100 released rows. */
  readonly measured: {
    readonly fidelity: Fidelity;
    readonly means: Readonly<Record<keyof Fidelity, { readonly twin: number; readonly real: number } | null>>;
    readonly closest: ClosestRecords;
  } | null;
}

const LEAST_ROWS = 100;
const PROBES = { probes: 1_000, against: 2_000 };

/** What of the drawn rows may be released, and how near that is to the real rows: near to all, and not to any one. */
export function examineTwin(input: ExamineInput): Examined {
  const { columns, fitted, heldOut, drawn, quasiIdentifiers, k, seed } = input;
  const released = kAnonymous(drawn, quasiIdentifiers, k);
  const suppressed = drawn.length - released.length;
  const anonymity = anonymityOf(released, quasiIdentifiers);
  if (released.length < LEAST_ROWS) return { released, suppressed, anonymity, measured: null };
  const [base, fresh, twin] = [fitted, heldOut, released].map((rows) => columnsOf(columns, rows)) as [
    ReturnType<typeof columnsOf>,
    ReturnType<typeof columnsOf>,
    ReturnType<typeof columnsOf>,
  ];
  const fidelity = fidelityOf(base, fresh, twin);
  return {
    released,
    suppressed,
    anonymity,
    measured: {
      fidelity,
      means: {
        marginal: meanDistance(fidelity.marginal),
        pairwise: meanDistance(fidelity.pairwise),
        correlation: meanDistance(fidelity.correlation),
      },
      closest: closestRecords(base, fresh, twin, PROBES, createRandom(seed)),
    },
  };
}
