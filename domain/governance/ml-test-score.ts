import { isShown, itemsOf, type EvidenceItem } from './evidence-items.ts';
import { mlTests, type MlTest, type Section } from './ml-tests.ts';

export interface TestPoint {
  readonly test: string;
  readonly section: Section;
  readonly asks: string;
  /** 1 when it is made by itself on every release, 0.5 when a person's document shows it, 0 when nothing does. */
  readonly points: 0 | 0.5 | 1;
  /** What shows it; for a test without points, what would. */
  readonly evidence: readonly EvidenceItem[];
  readonly missing: readonly string[];
}

export interface MlTestScore {
  readonly points: readonly TestPoint[];
  readonly sections: Readonly<Record<Section, number>>;
  /** The smallest of the four: a system is as ready as its least ready part. */
  readonly score: number;
}

/**
 * The ML Test Score (Breck, Cai, Nielsen, Salib and Sculley 2017): 28 tests in four sections, half a point for one that was made by
 * hand and written down, one for one that is made by itself. Nobody claims points: each follows from evidence.
 *
 * `attested`: test to the evidence item of a person's document.
 */
export function mlTestScore(
  items: ReadonlyMap<string, EvidenceItem>,
  attested: Readonly<Record<string, string>>,
): MlTestScore {
  const points = mlTests.map((test) => pointOf(test, items, attested[test.test]));
  const sum = (section: Section): number =>
    points.reduce((total, one) => total + (one.section === section ? one.points : 0), 0);
  const sections = {
    data: sum('data'),
    model: sum('model'),
    infrastructure: sum('infrastructure'),
    monitoring: sum('monitoring'),
  };
  return { points, sections, score: Math.min(...Object.values(sections)) };
}

function pointOf(
  { test, section, asks, shownBy }: MlTest,
  items: ReadonlyMap<string, EvidenceItem>,
  document: string | undefined,
): TestPoint {
  const base = { test, section, asks };
  const missing = shownBy.filter((id) => !isShown(items, id));
  if (shownBy.length > 0 && missing.length === 0) {
    return { ...base, points: 1, evidence: shownBy.flatMap((id) => itemsOf(items, id)), missing: [] };
  }
  const paper = document === undefined ? [] : itemsOf(items, document);
  return { ...base, points: paper.length > 0 ? 0.5 : 0, evidence: paper, missing };
}
