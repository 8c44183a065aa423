import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonValue } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { RegisteredVersion } from '../../contracts/registry.ts';

/** What a registry is told of a version: its release, and by digest everything that it was made from. */
export function versionOf(release: string, plan: Plan, planRef: EvidenceRef): RegisteredVersion {
  const { model, version, summary, artifact, requester, risk, signature, lineage = {} } = plan;
  const at = (...path: string[]): string | undefined => textAt(lineage, path);
  const told: Record<string, string | undefined> = {
    version,
    release,
    requester,
    risk,
    plan: planRef.sha256,
    artifact: artifact.sha256,
    signature: signature.sha256,
    decision: at('decision'),
    reason: at('reason'),
    drift_events: at('driftEvents'),
    previous_version: at('previousVersion'),
    data: at('data', 'sha256'),
    data_from: at('data', 'from'),
    data_to: at('data', 'to'),
    data_rows: at('data', 'rows'),
    seed: at('trainer', 'seed'),
    command: at('trainer', 'command'),
    code_commit: at('code', 'commit'),
    approved_by: at('approval', 'by'),
  };
  const tags = Object.fromEntries(
    Object.entries(told).flatMap(([name, text]) => (text === undefined ? [] : [[`seatrial.${name}`, text]])),
  );
  return { model, version, summary, artifact, tags };
}

/** A word, a number or a list at a path of the plan's lineage; undefined where there is none. */
function textAt(value: JsonValue, path: readonly string[]): string | undefined {
  const [key, ...rest] = path;
  if (key !== undefined) {
    const inner =
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, JsonValue>>)[key]
        : undefined;
    return inner === undefined ? undefined : textAt(inner, rest);
  }
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(String).join(' ');
  if (value === null || typeof value === 'object' || value === '') return undefined;
  return String(value);
}
