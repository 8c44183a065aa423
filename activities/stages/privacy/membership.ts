import type { GovernanceParameters } from '../../../contracts/schemas/governance.ts';
import { detectionAt, neighbourOf, spreads, surety, type Detection } from '../../../domain/privacy/index.ts';
import type { Signature } from '../../../contracts/plan.ts';
import { createRandom } from '../../../domain/statistics/index.ts';
import { ask } from '../repeatability.ts';
import type { FeatureRow, ModelClient } from '../model-client.ts';
import type { ScoredFile } from '../scored-file.ts';
import { notMade, percent, withinLimit, type Attack } from './attack.ts';

type Settings = Exclude<GovernanceParameters['privacy']['membership'], false>;

const RATE = 0.01;

export interface MembershipInput {
  readonly client: ModelClient;
  readonly signature: Signature;
  /** Rows that the model learnt from, and rows that it never saw, with its answers. */
  readonly members: ScoredFile;
  readonly nonMembers: ScoredFile;
  readonly settings: Settings;
  readonly seed: number;
  readonly batchRows: number;
}

/**
 * Whether the model gives away who was in its training data. Two attacks by somebody who may only ask, each at 1 % false positives:
 * the loss on the row (Yeom et al. 2018), and how much surer the model is of the row than of rows beside it (after Mattern et al.
 * 2023), which finds what was learnt by heart against all likelihood. The stronger one is judged; both share the error.
 */
export async function membershipInference(input: MembershipInput): Promise<Attack> {
  const { settings, members, nonMembers } = input;
  const confidence = 1 - 0.05 / 2;
  const sure = (rows: ScoredFile): Float64Array =>
    rows.scores.map((score, i) => surety(score, rows.labels[i] ?? 0));
  const [inside, outside] = [sure(members), sure(nonMembers)];
  const around = await besides(input);
  const less = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - (b[i] ?? 0));
  const attacks: Record<string, Detection> = {
    loss: detectionAt(inside, outside, RATE, confidence),
    neighbours: detectionAt(less(inside, around.members), less(outside, around.nonMembers), RATE, confidence),
  };
  const [by, worst] = Object.entries(attacks).reduce((a, b) => (b[1].lower > a[1].lower ? b : a));
  const upper = Math.max(...Object.values(attacks).map((one) => one.upper));
  const { estimate, lower } = worst;
  const { maxTruePositiveRate: most, severity } = settings;
  return {
    attack: 'membership-inference',
    notMade: null,
    checks: [
      {
        name: 'membership-inference',
        metric: 'membership-tpr',
        severity,
        verdict: withinLimit({ lower, upper }, most),
        reason: `${percent(estimate)} of ${worst.members} training rows are told from ${worst.nonMembers} others at 1 % false positives, by ${by} (between ${percent(lower)} and ${percent(upper)}); ${percent(most)} is allowed`,
      },
    ],
    metrics: {
      'membership-tpr': {
        value: estimate,
        unit: '1',
        samples: worst.members + worst.nonMembers,
        lower: Math.min(lower, estimate),
        upper,
      },
    },
    details: attacks,
  };
}

/** Mean surety over neighbours of each row. */
async function besides({
  client,
  signature,
  members,
  nonMembers,
  settings,
  seed,
  batchRows,
}: MembershipInput): Promise<{ members: Float64Array; nonMembers: Float64Array }> {
  const random = createRandom(seed);
  const numbers = signature.inputs.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const spread = spreads([...members.features, ...nonMembers.features], numbers);
  const mean = async ({ features, labels }: ScoredFile): Promise<Float64Array> => {
    const sum = new Float64Array(features.length);
    for (let round = 0; round < settings.neighbours; round++) {
      const rows = features.map((row): FeatureRow => neighbourOf(row, spread, random));
      const scores = await ask(client, rows, batchRows, 2);
      scores.forEach((score, i) => (sum[i]! += surety(score, labels[i] ?? 0) / settings.neighbours));
    }
    return sum;
  };
  return { members: await mean(members), nonMembers: await mean(nonMembers) };
}

export const membershipNotMade = (why: string): Attack => notMade('membership-inference', why);
