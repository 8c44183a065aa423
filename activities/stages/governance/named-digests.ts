import { EvidenceError, type EvidenceStore } from '../../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { JsonValue } from '../../../contracts/json.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { CheckResult, Report } from '../../../contracts/report.ts';
import { asCount } from '../../../domain/plan/index.ts';
import { evidenceFailures } from '../../plan.ts';
import { blocking } from '../stage-report.ts';

/** A digest, and who names it. */
export interface NamedDigest {
  readonly sha256: string;
  readonly by: string;
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Every file that a plan, its lineage and the reports so far name by digest, each once. */
export function namedDigests(
  plan: Plan,
  planRef: EvidenceRef,
  reports: readonly Report[],
): readonly NamedDigest[] {
  const named = [
    { sha256: planRef.sha256, by: 'the release' },
    { sha256: plan.artifact.sha256, by: 'plan.artifact' },
    { sha256: plan.signature.sha256, by: 'plan.signature' },
    ...Object.entries(plan.data).map(([name, { sha256 }]) => ({ sha256, by: `plan.data.${name}` })),
    ...Object.entries(plan.playbook?.files ?? {}).map(([name, { sha256 }]) => ({
      sha256,
      by: `plan.playbook.files.${name}`,
    })),
    ...digestsIn(plan.lineage ?? {}, 'plan.lineage'),
    ...reports.flatMap(({ stage, evidence }) =>
      evidence.map(({ name, sha256 }) => ({ sha256, by: `${name} of ${stage}` })),
    ),
  ];
  return [...new Map(named.map((one) => [one.sha256, one])).values()];
}

/** Every text in a document that has the form of a digest. */
function digestsIn(value: JsonValue | undefined, by: string): NamedDigest[] {
  if (typeof value === 'string') return SHA256.test(value) ? [{ sha256: value, by }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]: [string, JsonValue | undefined]) =>
    digestsIn(one, `${by}.${key}`),
  );
}

/** Reads every named file: each must be there, and be what its name says. Throws `EvidenceUnavailable`. */
export async function checkDigests(
  evidence: EvidenceStore,
  named: readonly NamedDigest[],
): Promise<{ check: CheckResult; dangling: readonly NamedDigest[] }> {
  const dangling: NamedDigest[] = [];
  let why = '';
  for (const one of named) {
    try {
      await evidence.path(one.sha256);
    } catch (error) {
      const lost =
        error instanceof EvidenceError && ['EVIDENCE_MISSING', 'EVIDENCE_CHANGED'].includes(error.code);
      if (!lost) await evidenceFailures(`the file of ${one.by}`, () => Promise.reject(error as Error));
      dangling.push(one);
      const what = error instanceof EvidenceError && error.code === 'EVIDENCE_CHANGED' ? 'changed' : 'lost';
      why ||= `${one.by} names ${one.sha256.slice(0, 12)}, which is ${what}`;
    }
  }
  const reason =
    dangling.length === 0
      ? `all ${asCount(named.length)} files that the plan, its lineage and earlier reports name are there, as their digests say`
      : `${why}; ${dangling.length} of ${named.length} named files cannot be shown`;
  return {
    check: blocking('no-dangling-digest', 'dangling-digests', dangling.length === 0, reason),
    dangling,
  };
}
