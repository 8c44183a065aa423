import type { Signature } from '../../contracts/plan.ts';
import type { CheckResult } from '../../contracts/report.ts';
import { isProbability } from './repeatability.ts';
import { scoresOf, type FeatureRow, type ModelClient } from './model-client.ts';
import { blocking } from './stage-report.ts';

export interface EdgeCases {
  readonly check: CheckResult;
  readonly asked: number;
  readonly wrong: readonly { readonly what: string; readonly answer: string }[];
}

const LARGEST_FLOAT = 3.4028234e38;
const ODD_TEXTS = ['never seen', 'ÅÄÖ 航班 ✈', 'x'.repeat(1000), ' ', '"; DROP TABLE flights; --'];
const ODD_NUMBERS = [LARGEST_FLOAT, -LARGEST_FLOAT, 1e-38, 0];

/** Rows that data never holds until they come: each must be answered with a probability. */
export async function checkEdgeCases(
  client: ModelClient,
  signature: Signature,
  plain: FeatureRow,
  onShare: (share: number) => void,
): Promise<EdgeCases> {
  const cases = casesOf(signature, plain);
  const wrong: { what: string; answer: string }[] = [];
  for (const [n, { what, row }] of cases.entries()) {
    // One at a time: a batch would hide which row it was.
    const answer = await client.infer([row]);
    const scores = scoresOf(answer);
    if (scores?.length !== 1 || !isProbability(scores[0])) {
      wrong.push({ what, answer: answer.error ?? `status ${answer.status}, score ${String(scores?.[0])}` });
    }
    onShare((n + 1) / cases.length);
  }
  const first = wrong[0];
  return {
    check: blocking(
      'edge-cases',
      'edge-cases',
      first === undefined,
      first === undefined
        ? `${cases.length} rows with missing values, unknown categories and extremes have a probability each`
        : `${wrong.length} of ${cases.length} odd rows have none, such as ${first.what}: ${first.answer}`,
    ),
    asked: cases.length,
    wrong,
  };
}

function casesOf({ inputs }: Signature, plain: FeatureRow): { what: string; row: FeatureRow }[] {
  const nothing = Object.fromEntries(inputs.map(({ name }) => [name, null]));
  const cases: { what: string; row: FeatureRow }[] = [{ what: 'nothing known', row: nothing }];
  for (const { name, datatype } of inputs) {
    for (const value of [null, ...(datatype === 'BYTES' ? ODD_TEXTS : ODD_NUMBERS)]) {
      cases.push({
        what: `${name} = ${JSON.stringify(value).slice(0, 40)}`,
        row: { ...plain, [name]: value },
      });
    }
  }
  return cases;
}
