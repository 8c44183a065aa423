import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { GovernanceFacts } from './facts.ts';
import { lineageFacts } from './lineage-facts.ts';

/** Something that can be shown: a file by its digest, and whether what it says is good. */
export interface EvidenceItem {
  /** `plan`, `data:NAME`, `stage:NAME`, `check:STAGE/NAME`, `gate:NAME`, `says:FIELD`, `lineage:PART`, `document:NAME`. */
  readonly id: string;
  readonly what: string;
  readonly sha256: string;
  /** False for a check or stage that did not pass: it is there, and shows the opposite. */
  readonly holds: boolean;
}

/** The stage that governance documents are made in. */
const OWN = 'governance';

/** Everything that a release can show now, by id. Points and lines of regulatory packs are mapped to these. */
export function evidenceItems(
  facts: Pick<GovernanceFacts, 'plan' | 'planRef' | 'training' | 'earlier' | 'checks' | 'words'>,
  documents: readonly EvidenceRef[],
): ReadonlyMap<string, EvidenceItem> {
  const { plan, planRef, earlier, checks, words } = facts;
  const items: EvidenceItem[] = [];
  const inPlan = (id: string, what: string): void => {
    items.push({ id, what, sha256: planRef.sha256, holds: true });
  };
  inPlan('plan', 'the frozen plan');
  items.push({ id: 'artifact', what: plan.artifact.name, sha256: plan.artifact.sha256, holds: true });
  items.push({ id: 'signature', what: plan.signature.name, sha256: plan.signature.sha256, holds: true });
  for (const [name, ref] of Object.entries(plan.data))
    items.push({ id: `data:${name}`, what: ref.name, sha256: ref.sha256, holds: true });
  for (const step of plan.steps) {
    if (step.kind === 'gate') inPlan(`gate:${step.name}`, `people decide at the gate ${step.name}`);
    else inPlan(`planned:${step.stage}`, `the plan holds the stage ${step.stage}`);
  }
  if (plan.watch) inPlan('watch', 'the monitor watches the version that serves');
  if (plan.retraining) inPlan('retraining', 'a policy says when it is trained again');
  inPlan('rollback', `rollback within ${plan.rollback.objectiveSeconds} s`);
  inPlan('fallback', 'an answer is declared for when the model has none');
  for (const { stage, verdict, evidence, checks: made } of earlier) {
    const [report] = evidence;
    if (report === undefined) continue;
    const { sha256 } = report;
    items.push({
      id: `stage:${stage}`,
      what: `${report.name}: ${verdict}`,
      sha256,
      holds: verdict === 'pass',
    });
    for (const check of made) {
      const holds = check.verdict === 'pass';
      items.push({ id: `check:${stage}/${check.name}`, what: check.reason, sha256, holds });
    }
  }
  // The report of this stage has no digest yet; its checks are shown by the documents that hold what they judged.
  const own = (name: string): string =>
    documents.find((document) => document.name === documentOf(name))?.sha256 ?? planRef.sha256;
  for (const check of checks) {
    const holds = check.verdict === 'pass';
    items.push({ id: `check:${OWN}/${check.name}`, what: check.reason, sha256: own(check.name), holds });
  }
  for (const { name, sha256 } of documents)
    items.push({ id: `document:${name}`, what: name, sha256, holds: true });
  for (const [field, said] of Object.entries(words) as [string, string | undefined][])
    if (said !== undefined) inPlan(`says:${field}`, `the release file says ${field}`);
  const record = plan.data['training-record']?.sha256 ?? planRef.sha256;
  for (const [part, said] of Object.entries(lineageFacts(facts)) as [string, string | null][])
    if (said !== null) items.push({ id: `lineage:${part}`, what: said, sha256: record, holds: true });
  return new Map(items.map((item) => [item.id, item]));
}

function documentOf(check: string): string {
  if (/parity|odds|calibration|representation|fairness/.test(check)) return 'fairness-audit.json';
  return /digest|lineage/.test(check) ? 'model-card.md' : 'privacy-attacks.json';
}

/** The items of an id, in which `*` stands for any text. */
export function itemsOf(items: ReadonlyMap<string, EvidenceItem>, id: string): EvidenceItem[] {
  const exact = items.get(id);
  if (exact !== undefined) return [exact];
  if (!id.includes('*')) return [];
  const [before = '', after = ''] = id.split('*');
  return [...items.values()].filter(
    (item) => item.id.startsWith(before) && item.id.endsWith(after) && item.id.length >= id.length - 1,
  );
}

/** Whether an id is shown: something is there, and all of it holds. */
export function isShown(items: ReadonlyMap<string, EvidenceItem>, id: string): boolean {
  const found = itemsOf(items, id);
  return found.length > 0 && found.every(({ holds }) => holds);
}
