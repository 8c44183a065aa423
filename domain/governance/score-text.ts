import type { MlTestScore } from './ml-test-score.ts';
import type { Pack, PackAnswer } from './pack.ts';
import type { EvidenceItem } from './evidence-items.ts';

/** The score as a page, each point with the digest of what shows it. */
export function scoreText({ points, sections, score }: MlTestScore): string {
  const rows = points.map(({ test, asks, points: got, evidence, missing }) =>
    row([test, asks, String(got), evidence.length > 0 ? links(evidence) : `nothing; ${wanted(missing)}`]),
  );
  return [
    `# ML Test Score: ${score}`,
    '',
    'After Breck et al. 2017: a point for what is made by itself, half a point for what a person shows by a document, and the smallest section counts.',
    '',
    ...Object.entries(sections).map(([section, sum]) => `- ${section}: ${sum} of 7`),
    '',
    row(['test', 'asks whether', 'points', 'shown by']),
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** A pack with its answers as a page. */
export function packText(pack: Pack, answers: readonly PackAnswer[]): string {
  const gaps = answers.filter(({ answer }) => answer === 'gap').length;
  return [
    `# ${pack.title}`,
    '',
    `${pack.applies} Source: ${pack.source}, read on ${pack.asOf}.`,
    '',
    `${answers.length - gaps} of ${answers.length} lines have something to show, ${gaps} have nothing. This lists what there is to read; whether it suffices is for people to judge.`,
    '',
    row(['line', 'asks for', 'answer', 'shown by']),
    '|---|---|---|---|',
    ...answers.map(({ line, asks, answer, evidence, missing }) =>
      row([
        line,
        asks,
        answer === 'gap' ? '**gap**' : answer,
        [links(evidence), missing.length > 0 ? `missing: ${missing.join(', ')}` : '']
          .filter(Boolean)
          .join('; '),
      ]),
    ),
    '',
  ].join('\n');
}

const MOST_LINKS = 6;

function links(evidence: readonly EvidenceItem[]): string {
  const some = evidence.slice(0, MOST_LINKS).map(({ id, sha256 }) => `${id} \`${sha256.slice(0, 12)}\``);
  return evidence.length > MOST_LINKS
    ? `${some.join(', ')} and ${evidence.length - MOST_LINKS} more`
    : some.join(', ');
}

const wanted = (missing: readonly string[]): string =>
  missing.length === 0 ? 'only a person’s document can' : `missing: ${missing.join(', ')}`;

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
