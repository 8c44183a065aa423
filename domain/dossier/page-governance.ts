import type { EvidenceItem } from '../governance/index.ts';
import { asNumber } from '../plan/index.ts';
import type { Cell, Section, Table } from '../pages/index.ts';
import type { AnsweredPack, FairnessLine, GovernancePart } from './governance-part.ts';

/** What auditors ask for: Annex IV section by section, the other lines, fairness, the score, the card and the bill of materials. */
export function governanceSection(part: GovernancePart): Section {
  const { modelCard, billOfMaterials, score, fairness, packs } = part;
  const { sections } = score;
  return {
    heading: 'Governance',
    paragraphs: [
      `ML Test Score ${score.score}, the smallest of ${Object.entries(sections)
        .map(([section, sum]) => `${section} ${sum}`)
        .join(', ')}, each of 7.`,
      'Lines of regulations are mapped to evidence of this release. This lists what there is to read; whether it suffices is for people to judge.',
    ],
    sections: [
      ...packs.flatMap(packSections),
      fairnessSection(fairness),
      scoreSection(part),
      modelCard === null
        ? { heading: 'Model card', paragraphs: ['None was written.'] }
        : {
            heading: `Model card, ${modelCard.file.sha256.slice(0, 12)}`,
            folded: true,
            ...(modelCard.text === null
              ? { paragraphs: ['Its file could not be read.'] }
              : { verbatim: modelCard.text }),
          },
      billSection(billOfMaterials),
    ],
  };
}

const ANNEX = /^Annex IV /;

/** Annex IV in the open, because its nine sections are the outline of technical documentation; the rest folded. */
function packSections({ title, source, asOf, applies, answers }: AnsweredPack): Section[] {
  const annex = answers.filter(({ line }) => ANNEX.test(line));
  const rest = answers.filter(({ line }) => !ANNEX.test(line));
  const shown = rest.filter(({ answer }) => answer !== 'gap').length;
  const about = `${applies} Source: ${source}, read on ${asOf}.`;
  return [
    ...(annex.length === 0
      ? []
      : [
          {
            heading: 'EU AI Act, Annex IV',
            paragraphs: [about],
            tables: [answersTable('The nine sections of technical documentation', annex)],
          },
        ]),
    {
      heading: `${title}: ${annex.length === 0 ? '' : 'the other lines, '}${shown} of ${rest.length} have something to show`,
      folded: true,
      ...(annex.length === 0 ? { paragraphs: [about] } : {}),
      tables: [answersTable(title, rest)],
    },
  ];
}

function answersTable(caption: string, answers: AnsweredPack['answers']): Table {
  return {
    caption,
    columns: ['line', 'asks for', 'answer', 'shown by', 'missing'],
    rows: answers.map(({ line, asks, answer, evidence, missing }): Cell[] => [
      line,
      asks,
      answer === 'gap' ? 'GAP' : answer,
      answer === 'gap' ? 'nothing' : links(evidence),
      missing.join(', '),
    ]),
  };
}

const MOST = 6;

function links(evidence: readonly EvidenceItem[]): string {
  const some = evidence.slice(0, MOST).map(({ id, sha256 }) => `${id} (${sha256.slice(0, 12)})`);
  const more = evidence.length - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function fairnessSection(fairness: readonly FairnessLine[]): Section {
  if (fairness.length === 0)
    return { heading: 'Fairness', paragraphs: ['No difference between groups was looked at.'] };
  return {
    heading: 'Fairness',
    tables: [
      {
        caption: 'Largest differences between groups, with their joint 95 % bounds',
        columns: ['measure', 'verdict', 'difference', 'bounds', 'why'],
        rows: fairness.map(({ metric, verdict, difference, reason }): Cell[] => {
          const { value, lower, upper } = difference ?? {};
          return [
            metric,
            { verdict },
            value === undefined ? 'not measurable' : asNumber(value),
            lower === undefined || upper === undefined ? '' : `${asNumber(lower)} to ${asNumber(upper)}`,
            reason,
          ];
        }),
      },
    ],
  };
}

function scoreSection({ score }: GovernancePart): Section {
  const points = score.points.reduce((sum, one) => sum + one.points, 0);
  return {
    heading: `ML Test Score: ${score.points.length} tests, ${points} points`,
    folded: true,
    tables: [
      {
        caption: 'After Breck et al. 2017',
        columns: ['test', 'asks whether', 'points', 'shown by', 'missing'],
        rows: score.points.map(({ test, asks, points: got, evidence, missing }): Cell[] => [
          test,
          asks,
          String(got),
          links(evidence),
          missing.join(', '),
        ]),
      },
    ],
  };
}

function billSection(bill: GovernancePart['billOfMaterials']): Section {
  if (bill === null) return { heading: 'Bill of materials (CycloneDX)', paragraphs: ['None was written.'] };
  return {
    heading: `Bill of materials (CycloneDX), ${bill.file.sha256.slice(0, 12)}`,
    folded: true,
    ...(bill.text === null ? { paragraphs: ['Its file could not be read.'] } : { verbatim: bill.text }),
  };
}
