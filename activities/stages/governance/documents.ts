import { stringify } from 'yaml';
import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import { readPack } from '../../../adapters/regulations/index.ts';
import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { CheckResult, Metrics } from '../../../contracts/report.ts';
import type { GovernanceParameters } from '../../../contracts/schemas/governance.ts';
import {
  answerPack,
  evidenceItems,
  mlBom,
  mlTestScore,
  modelCard,
  packText,
  scoreText,
  type GovernanceFacts,
  type MlTestScore,
} from '../../../domain/governance/index.ts';
import { publishedAudit } from '../../../domain/fairness/index.ts';
import { evidenceFailures } from '../../plan.ts';
import type { Attack } from '../privacy/index.ts';

export interface Documents {
  readonly files: readonly EvidenceRef[];
  readonly checks: readonly CheckResult[];
  readonly metrics: Metrics;
  readonly score: MlTestScore;
}

/** Writes every document; those that judge by evidence come last, because the others are evidence. */
export async function writeDocuments(
  evidence: EvidenceStore,
  facts: GovernanceFacts,
  attacks: readonly Attack[],
  given: GovernanceParameters,
): Promise<Documents> {
  const put = (name: string, mediaType: string, text: string): Promise<EvidenceRef> =>
    evidenceFailures(name, () => evidence.put(text, { name, mediaType }));
  const json = (name: string, mediaType: string, content: unknown): Promise<EvidenceRef> =>
    put(name, mediaType, `${JSON.stringify(content, null, 1)}\n`);
  const published = facts.audits.map((audit) => publishedAudit(audit, given.fairness.minimumRows));
  const { frontMatter, body } = modelCard(facts);
  const files = [
    await json('fairness-audit.json', 'application/json', published),
    await json('privacy-attacks.json', 'application/json', attacks),
    await put('model-card.md', 'text/markdown', `---\n${stringify(frontMatter)}---\n\n${body}`),
    await json('ml-bom.cdx.json', 'application/vnd.cyclonedx+json', mlBom(facts)),
  ];
  const attested = Object.fromEntries(
    Object.entries(given.mlTestScore.attested).map(([test, name]) => [test, `data:${name}`]),
  );
  const score = mlTestScore(evidenceItems(facts, files), attested);
  files.push(await put('ml-test-score.md', 'text/markdown', scoreText(score)));

  const items = evidenceItems(facts, files);
  const checks = [scoreCheck(score, given.mlTestScore.min)];
  const metrics: Record<string, Metrics[string]> = scoreMetrics(score);
  for (const name of given.packs) {
    const pack = await readPack(name);
    const answers = answerPack(pack, items);
    files.push(await put(`pack-${name}.md`, 'text/markdown', packText(pack, answers)));
    const gaps = answers.filter(({ answer }) => answer === 'gap').map(({ line }) => line);
    metrics[`gaps-${name}`] = { value: gaps.length, unit: 'lines', samples: answers.length };
    checks.push({
      name: `pack-${name}`,
      metric: `gaps-${name}`,
      severity: 'warning',
      verdict: gaps.length === 0 ? 'pass' : 'fail',
      reason:
        gaps.length === 0
          ? `each of ${answers.length} lines of ${pack.title} has something to show`
          : `${gaps.length} of ${answers.length} lines of ${pack.title} have nothing to show: ${gaps.join(', ')}`,
    });
  }
  return { files, checks, metrics, score };
}

function scoreCheck({ score, sections }: MlTestScore, min: number): CheckResult {
  const by = Object.entries(sections).map(([section, sum]) => `${section} ${sum}`);
  return {
    name: 'ml-test-score',
    metric: 'ml-test-score',
    severity: 'warning',
    verdict: score >= min ? 'pass' : 'fail',
    reason: `the ML Test Score is ${score}, the smallest of ${by.join(', ')}; ${min} is asked`,
  };
}

function scoreMetrics({ score, sections }: MlTestScore): Record<string, Metrics[string]> {
  return Object.fromEntries([
    ['ml-test-score', { value: score, unit: 'points' }],
    ...Object.entries(sections).map(([section, sum]) => [
      `ml-test-score-${section}`,
      { value: sum, unit: 'points' },
    ]),
  ]) as Record<string, Metrics[string]>;
}
