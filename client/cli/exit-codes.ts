import { EvidenceError } from '../../adapters/evidence/index.ts';
import type { ReleaseView } from '../../contracts/release-view.ts';
import { serves } from '../../contracts/release-view.ts';
import type { SeatrialErrorCode } from '../errors.ts';

/** What a script learns from `$?`. The table in `docs/cli.md` says the same, and a test holds the two together. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done; of `status`: the version serves, or has served its time' },
  unexpected: { code: 1, meaning: 'something that should not happen; the message has the details' },
  badInput: { code: 2, meaning: 'an argument, a setting or the release file is wrong; nothing was done' },
  inProgress: { code: 3, meaning: 'of `status`: the release goes on by itself' },
  waiting: {
    code: 4,
    meaning: 'of `status`: the release waits for a person (open gate, held stage, paused)',
  },
  rejected: { code: 5, meaning: 'of `status`: people or a deadline said no' },
  rolledBack: { code: 6, meaning: 'of `status`: the version was taken back' },
  aborted: { code: 7, meaning: 'of `status`: a person ended the release' },
  unknown: { code: 8, meaning: 'there is no such release or ledger' },
  exists: { code: 9, meaning: 'the version was released before' },
  refused: { code: 10, meaning: 'the release refused the decision or command' },
  unavailable: { code: 11, meaning: 'Temporal, a worker, the ledger or the evidence store did not answer' },
  unsound: {
    code: 12,
    meaning: 'of `verify`, `lineage`, `reproduce` and `doctor`: what was checked is not sound',
  },
  timeout: { code: 124, meaning: 'not finished within `--timeout`' },
  interrupted: { code: 130, meaning: 'Ctrl-C' },
} as const;

export type ExitName = keyof typeof exitCodes;

const ofError: Readonly<Record<SeatrialErrorCode, ExitName>> = {
  RELEASE_EXISTS: 'exists',
  RELEASE_UNKNOWN: 'unknown',
  REFUSED: 'refused',
  UNAVAILABLE: 'unavailable',
  TIMEOUT: 'timeout',
  USAGE: 'badInput',
};

/** Exit for a failure: by its stable code. */
export function exitOfError(error: unknown): ExitName {
  const code = codeOf(error);
  if (code in ofError) return ofError[code as SeatrialErrorCode];
  if (code === 'RELEASE_FILE_INVALID' || code === 'DIGEST_MISMATCH') return 'badInput';
  if (code === 'LEDGER_UNAVAILABLE') return 'unavailable';
  if (error instanceof EvidenceError)
    return error.code === 'EVIDENCE_UNAVAILABLE' ? 'unavailable' : 'badInput';
  return 'unexpected';
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'UNEXPECTED';
}

export function exitOfView(view: ReleaseView): ExitName {
  switch (view.outcome) {
    case 'rejected':
      return 'rejected';
    case 'rolled-back':
      return 'rolledBack';
    case 'aborted':
      return 'aborted';
    case 'completed':
    case 'superseded':
      return 'ok';
    case null:
      if (serves(view) && !view.paused) return 'ok';
      return view.paused || view.situation === 'deciding' || view.situation === 'held'
        ? 'waiting'
        : 'inProgress';
  }
}
