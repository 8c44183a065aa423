import { isShown, itemsOf, type EvidenceItem } from './evidence-items.ts';

/** What a regulation asks, as data. */
export interface Pack {
  readonly pack: string;
  readonly title: string;
  readonly source: string;
  /** Day on which somebody read the source. */
  readonly asOf: string;
  readonly applies: string;
  readonly lines: readonly PackLine[];
}

export interface PackLine {
  readonly line: string;
  readonly asks: string;
  /** Evidence items that show it, by id; none where no file of a release can. */
  readonly evidence: readonly string[];
}

export interface PackAnswer {
  readonly line: string;
  readonly asks: string;
  readonly answer: 'shown' | 'partly' | 'gap';
  readonly evidence: readonly EvidenceItem[];
  readonly missing: readonly string[];
}

/** Each line of a pack with what shows it. It says what there is to read, and nothing of whether the law is met. */
export function answerPack({ lines }: Pack, items: ReadonlyMap<string, EvidenceItem>): readonly PackAnswer[] {
  return lines.map(({ line, asks, evidence }) => {
    const shown = evidence.filter((id) => isShown(items, id));
    const missing = evidence.filter((id) => !isShown(items, id));
    const answer = shown.length === 0 ? 'gap' : missing.length === 0 ? 'shown' : 'partly';
    return { line, asks, answer, evidence: shown.flatMap((id) => itemsOf(items, id)), missing };
  });
}
