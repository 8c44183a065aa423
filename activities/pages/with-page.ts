import { log } from '@temporalio/activity';
import type { StageActivity, StageInput } from '../../contracts/activities.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { CheckResult, Report } from '../../contracts/report.ts';
import { renderPage } from '../../adapters/pages/index.ts';
import { chartDocuments, stagePage } from '../../domain/pages/index.ts';
import type { ActivityContext } from '../context.ts';
import { readPlan } from '../plan.ts';

type PageContext = Pick<ActivityContext, 'evidence'>;

export interface PageOf {
  /** Name of the activity: which charts are drawn. */
  readonly activity: string;
  readonly input: Pick<StageInput, 'planRef' | 'step'> & { readonly attempt?: number };
  /** Name of the evidence that holds what the small report has no room for. */
  readonly full: string;
  /** What the page is of: its files are `NAME-page.html` and `NAME-page.md`. */
  readonly name: string;
}

/** The stage, and then its page for people, as HTML and as Markdown, among the evidence of its report. */
export function withPage(context: PageContext, activity: string, stage: StageActivity): StageActivity {
  return async (input) => {
    const report = await stage(input);
    const { stage: name } = report;
    return addPage(context, { activity, input, full: `${name}-report.json`, name }, report);
  };
}

/**
 * Adds the pages to a report. A page decides nothing, so one that cannot be made changes no verdict: the report says so in a warning, where
 * people who look for the page will see it.
 */
export async function addPage(
  { evidence }: PageContext,
  { activity, input, full, name }: PageOf,
  report: Report,
): Promise<Report> {
  try {
    const plan = await readPlan(evidence, input.planRef);
    const read = async (wanted: string): Promise<unknown> => {
      const ref = report.evidence.find((one) => one.name === wanted);
      return ref === undefined ? undefined : evidence.getJson<unknown>(ref);
    };
    const document = (await read(full)) as { details?: unknown } | undefined;
    const wanted = chartDocuments[activity] ?? [];
    const documents = Object.fromEntries(
      await Promise.all(wanted.map(async (one) => [one, await read(one)] as const)),
    );
    const page = stagePage({
      activity,
      attempt: input.attempt ?? 1,
      report,
      plan,
      planRef: input.planRef,
      details: document?.details ?? document,
      documents,
    });
    const { html, markdown } = await renderPage(page);
    const put = (ending: string, mediaType: string, text: string): Promise<EvidenceRef> =>
      evidence.put(text, { name: `${name}-page.${ending}`, mediaType });
    const pages = [await put('html', 'text/html', html), await put('md', 'text/markdown', markdown)];
    return { ...report, evidence: [...report.evidence, ...pages] };
  } catch (error) {
    log.warn('the page of a stage could not be made', { stage: report.stage, error });
    return { ...report, checks: [...report.checks, notMade(error)] };
  }
}

function notMade(error: unknown): CheckResult {
  const why = error instanceof Error ? error.message : String(error);
  return {
    name: 'page',
    metric: 'page',
    severity: 'warning',
    verdict: 'error',
    reason: `the page of this stage could not be made, and its report is whole without it: ${why}`,
  };
}
