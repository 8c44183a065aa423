import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../../domain/statistics/random.ts';
import type { CheckResult, Metrics } from '../../contracts/report.ts';
import { asCount, asNumber } from '../../domain/plan/index.ts';
import type { Golden } from './golden.ts';
import { ModelRefused, outputOf, type FeatureRow, type ModelClient } from './model-client.ts';
import { blocking } from './stage-report.ts';

export interface RepeatOptions {
  /** How often the same rows are asked in the same way. */
  readonly runs: number;
  readonly seed: number;
  /** Largest difference to the training's own answers. */
  readonly goldenTolerance: number;
  /** Largest difference between two ways of asking. */
  readonly repeatTolerance: number;
}

export interface Repeatability {
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  /** SHA-256 of the scores in the rows' order; the same in every run of the same version. */
  readonly outputDigest: string | null;
  readonly ways: readonly { readonly way: string; readonly difference: number; readonly sameBits: boolean }[];
}

const MOST_ROWS = 2_000;
const WHOLE = 500;

/** The golden rows asked in many ways: each must give the same answers, and those that the training gave. */
export async function checkRepeatability(
  client: ModelClient,
  golden: Golden,
  options: RepeatOptions,
  onShare: (share: number) => void,
): Promise<Repeatability> {
  try {
    return await askInManyWays(client, golden, options, onShare);
  } catch (error) {
    if (!(error instanceof ModelRefused)) throw error;
    const reason = `the golden rows were not answered: ${error.message}`;
    return {
      checks: ['golden-outputs', 'same-answers', 'result-format'].map((name) =>
        blocking(name, 'golden-difference', false, reason),
      ),
      metrics: {},
      outputDigest: null,
      ways: [],
    };
  }
}

async function askInManyWays(
  client: ModelClient,
  golden: Golden,
  options: RepeatOptions,
  onShare: (share: number) => void,
): Promise<Repeatability> {
  const first = await ask(client, golden.rows, WHOLE, 1);
  const difference = largestDifference(first, golden.expected);
  const format = await formatProblems(client, golden.rows.slice(0, 3));

  const rows = golden.rows.slice(0, MOST_ROWS);
  const base = first.subarray(0, rows.length);
  const random = createRandom(options.seed);
  const plans: { way: string; run: () => Promise<Float64Array> }[] = [
    ...Array.from({ length: options.runs - 1 }, (_, n) => ({
      way: `again, run ${n + 2}`,
      run: () => ask(client, rows, WHOLE, 1),
    })),
    ...Array.from({ length: options.runs }, (_, n) => ({
      way: `shuffled rows, order ${n + 1}`,
      run: () => askShuffled(client, rows, random),
    })),
    ...[1, 7, 64].map((size) => ({ way: `${size} row(s) a request`, run: () => ask(client, rows, size, 1) })),
    { way: '8 requests at the same time', run: () => ask(client, rows, 16, 8) },
  ];
  const ways: { way: string; difference: number; sameBits: boolean }[] = [];
  for (const [n, { way, run }] of plans.entries()) {
    const scores = await run();
    ways.push({
      way,
      difference: largestDifference(scores, base),
      sameBits: digestOf(scores) === digestOf(base),
    });
    onShare((n + 1) / plans.length);
  }
  const worst = ways.reduce((a, b) => (b.difference > a.difference ? b : a), {
    way: 'none',
    difference: 0,
    sameBits: true,
  });
  const unstable = ways.find(({ way, sameBits }) => way.startsWith('again') && !sameBits);
  const outputDigest = digestOf(first);
  const allSame = ways.every(({ sameBits }) => sameBits);
  return {
    checks: [
      blocking(
        'golden-outputs',
        'golden-difference',
        difference <= options.goldenTolerance,
        `${asCount(golden.rows.length)} golden rows differ from the training's own answers by ${asNumber(difference)} at most; ${asNumber(options.goldenTolerance)} is allowed`,
      ),
      blocking(
        'same-answers',
        'repeat-difference',
        unstable === undefined && worst.difference <= options.repeatTolerance,
        unstable !== undefined
          ? `the same request gave other answers (${unstable.way}: by ${asNumber(unstable.difference)})`
          : `${ways.length + 1} ways of asking ${asCount(rows.length)} rows ${allSame ? 'gave the same bits' : `differ by ${asNumber(worst.difference)} at most (${worst.way}); ${asNumber(options.repeatTolerance)} is allowed`}; output digest ${outputDigest.slice(0, 12)}`,
      ),
      blocking(
        'result-format',
        'format',
        format.length === 0,
        format.length === 0 ? 'answers have the declared form' : format.join('; '),
      ),
    ],
    metrics: {
      'golden-difference': { value: difference, unit: '1', samples: golden.rows.length },
      'repeat-difference': { value: worst.difference, unit: '1', samples: rows.length },
    },
    outputDigest,
    ways,
  };
}

/** Scores in the rows' order, asked `size` rows a request and `concurrency` requests at a time. */
export async function ask(
  client: ModelClient,
  rows: readonly FeatureRow[],
  size: number,
  concurrency: number,
): Promise<Float64Array> {
  const scores = new Float64Array(rows.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < rows.length) {
      const from = next;
      next += size;
      scores.set(await client.scores(rows.slice(from, from + size)), from);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return scores;
}

async function askShuffled(
  client: ModelClient,
  rows: readonly FeatureRow[],
  random: Random,
): Promise<Float64Array> {
  const order = rows.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const shuffled = await ask(
    client,
    order.map((row) => rows[row] as FeatureRow),
    WHOLE,
    1,
  );
  const scores = new Float64Array(rows.length);
  order.forEach((row, i) => (scores[row] = shuffled[i] as number));
  return scores;
}

/** What is wrong in the form of an answer. */
async function formatProblems(client: ModelClient, rows: readonly FeatureRow[]): Promise<string[]> {
  const { body, status } = await client.infer(rows);
  const problems = status === 200 ? [] : [`status ${status}`];
  const probabilities = outputOf(body, 'probabilities');
  const scores = outputOf(body, 'score');
  const n = rows.length;
  const shapes = [
    ['probabilities', probabilities, [n, 2], 2 * n],
    ['score', scores, [n], n],
  ] as const;
  for (const [name, tensor, shape, length] of shapes) {
    const data = tensor?.['data'];
    if (tensor === undefined) problems.push(`output ${name} is missing`);
    else if (tensor['datatype'] !== 'FP32') problems.push(`output ${name} is ${String(tensor['datatype'])}`);
    else if (JSON.stringify(tensor['shape']) !== JSON.stringify(shape))
      problems.push(`output ${name} has the shape ${JSON.stringify(tensor['shape'])}`);
    else if (!Array.isArray(data) || data.length !== length || !data.every(isProbability))
      problems.push(`output ${name} does not hold ${length} probabilities`);
  }
  return problems;
}

export function isProbability(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** The largest number there is when anything is not a number: no tolerance lets that pass, and JSON carries it. */
export function largestDifference(a: Float64Array, b: Float64Array): number {
  let largest = a.length === b.length ? 0 : Number.MAX_VALUE;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.MAX_VALUE : difference;
  }
  return largest;
}

export function digestOf(scores: Float64Array): string {
  return createHash('sha256')
    .update(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength))
    .digest('hex');
}
