import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { LedgerHead } from '../ledger/index.ts';
import type { Dangling, DriftLine, MonitorLine, RetrainingLine } from '../lineage/index.ts';
import type { ReviewState } from '../release/state.ts';
import type { Blueprint } from './blueprint.ts';
import type { GovernancePart } from './governance-part.ts';
import type { StoryLine } from './story.ts';
import type { Trial } from './trials.ts';

/**
 * What a release leaves behind for people, as of one entry of its ledger. All of it follows from the ledger and from files that the
 * ledger names by digest.
 */
export interface Dossier {
  readonly schema: 1;
  /** `release/<model>/<version>` */
  readonly release: string;
  readonly model: string;
  readonly version: string;
  readonly summary: string;
  readonly risk: string;
  readonly requester: string;
  readonly artifact: EvidenceRef;
  readonly plan: EvidenceRef;
  /** Times of the ledger; null for what has not happened. */
  readonly times: { readonly asked: string; readonly promoted: string | null; readonly ended: string | null };
  /** `superseded`, `rejected`, `live`, `deciding`: the outcome once there is one, else the situation. */
  readonly state: string;
  readonly headline: string;
  readonly origin: Origin;
  readonly story: readonly StoryLine[];
  readonly trials: readonly Trial[];
  readonly blueprint: Blueprint;
  readonly governance: GovernancePart;
  readonly monitor: MonitorLine;
  /** What people have to do about a version that serves, and whether they reviewed it in time; null before anything of it. */
  readonly review: ReviewState | null;
  /** Every file that the release's ledger names, each digest once, and where it comes from. */
  readonly files: readonly NamedFile[];
  /** Names in this chain that lead nowhere. */
  readonly dangling: readonly Dangling[];
  readonly unknown: readonly string[];
  readonly ledger: { readonly stream: string; readonly head: LedgerHead; readonly at: string };
}

/** Why there is such a version. */
export interface Origin {
  /** Null for a version that a person brought. */
  readonly retraining: RetrainingLine | null;
  /** Those that the retraining answers, as the model heard of them. */
  readonly drift: readonly DriftLine[];
  /** Versions that it descends from, its own parent first. */
  readonly ancestors: readonly string[];
}

export interface NamedFile extends EvidenceRef {
  /** A stage, `plan`, `gate NAME`, or `dossier (OCCASION)`. */
  readonly from: string;
}
