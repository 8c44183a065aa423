import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Difference } from './predictions.ts';
import type { Lack } from './recipe.ts';

/** What came of training a version again. */
export interface Reproduction {
  readonly release: string;
  /** `impossible`: something is missing, and `lacks` says what and how to get it. */
  readonly outcome: 'same' | 'different' | 'impossible';
  /** One sentence. */
  readonly summary: string;
  /** Largest difference of an answer that counts as the same. */
  readonly tolerance: number;
  readonly artifact: { readonly released: string; readonly again: string | null };
  /** By file of the plan: `golden`, `validation`. */
  readonly predictions: Readonly<Record<string, Difference>>;
  /** What was not as it was recorded: data, code, parameters, environment. */
  readonly differences: readonly string[];
  readonly lacks: readonly Lack[];
  /** Where the code came from; null where nothing was trained. */
  readonly code: { readonly from: string; readonly commit: string | null } | null;
  readonly command: readonly string[];
  /** Of the training. */
  readonly seconds: number | null;
}

/** A reproduction as the ledger has it, in the stream `reproduced/MODEL/VERSION`. */
export interface TrainingReproduced {
  readonly id: string;
  readonly by: string;
  readonly outcome: Reproduction['outcome'];
  readonly summary: string;
  readonly report: EvidenceRef;
  readonly log?: EvidenceRef;
}

export const REPRODUCED = 'TrainingReproduced';

/** Apart from the release's own stream, which its workflow alone writes; hash-chained as that is. */
export const reproductionStream = (release: string): string => release.replace(/^release\//, 'reproduced/');
