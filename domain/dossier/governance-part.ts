import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CheckResult, Metric, Report } from '../../contracts/report.ts';
import { fairnessMeasures } from '../fairness/index.ts';
import {
  answerPack,
  evidenceItems,
  mlTestScore,
  type MlTestScore,
  type Pack,
  type PackAnswer,
  type TrainingRecord,
} from '../governance/index.ts';

/** What a dossier says for auditors. Answers are made anew, because stages after `governance` are evidence too. */
export interface GovernancePart {
  readonly modelCard: Document | null;
  /** CycloneDX. */
  readonly billOfMaterials: Document | null;
  readonly score: MlTestScore;
  readonly fairness: readonly FairnessLine[];
  readonly packs: readonly AnsweredPack[];
}

/** A file of the evidence store with its text; null where it could not be read. */
export interface Document {
  readonly file: EvidenceRef;
  readonly text: string | null;
}

export interface FairnessLine extends CheckResult {
  /** The difference with its bounds; null where it cannot be measured. */
  readonly difference: Metric | null;
}

export interface AnsweredPack extends Pick<Pack, 'pack' | 'title' | 'source' | 'asOf' | 'applies'> {
  readonly answers: readonly PackAnswer[];
}

export interface GovernanceSources {
  readonly plan: Plan;
  readonly planRef: EvidenceRef;
  /** The last report of each stage, in order. */
  readonly reports: readonly Report[];
  readonly packs: readonly Pack[];
  readonly training: TrainingRecord | null;
  /** Texts of files, by digest. */
  readonly texts: ReadonlyMap<string, string>;
}

const CARD = 'model-card.md';
const BOM = 'ml-bom.cdx.json';

export function governancePart(sources: GovernanceSources): GovernancePart {
  const { plan, planRef, reports, packs, training, texts } = sources;
  const step = plan.steps.find((one) => one.kind === 'stage' && one.stage === 'governance');
  const parameters = step?.kind === 'stage' ? step.parameters : {};
  const own = reports.find(({ stage }) => stage === step?.name);
  const documents = own?.evidence.slice(1) ?? [];
  const document = (name: string): Document | null => {
    const file = documents.find((one) => one.name === name);
    return file === undefined ? null : { file, text: texts.get(file.sha256) ?? null };
  };
  const items = evidenceItems(
    {
      ...{ plan, planRef, training },
      earlier: reports.filter((report) => report !== own),
      checks: own?.checks ?? [],
      words: textsIn(parameters['card']),
    },
    documents,
  );
  const attested = textsIn(objectOf(parameters['mlTestScore'])['attested']);
  return {
    modelCard: document(CARD),
    billOfMaterials: document(BOM),
    score: mlTestScore(
      items,
      Object.fromEntries(Object.entries(attested).map(([test, name]) => [test, `data:${name}`])),
    ),
    fairness: fairnessLines(own),
    packs: packs.map((one) => {
      const { pack, title, source, asOf, applies } = one;
      return { pack, title, source, asOf, applies, answers: answerPack(one, items) };
    }),
  };
}

/** Files of the governance stage whose texts a dossier shows. */
export function shownDocuments(reports: readonly Report[]): EvidenceRef[] {
  return reports.flatMap(({ evidence }) => evidence).filter(({ name }) => name === CARD || name === BOM);
}

function fairnessLines(own: Report | undefined): FairnessLine[] {
  const ofGroups = (metric: string): boolean =>
    fairnessMeasures.some((measure) => metric.startsWith(measure));
  return (own?.checks ?? [])
    .filter(({ metric }) => ofGroups(metric))
    .map((check) => ({ ...check, difference: own?.metrics[check.metric] ?? null }));
}

const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

function textsIn(value: JsonValue | undefined): Record<string, string> {
  const entries = Object.entries(objectOf(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
