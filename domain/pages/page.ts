import type { JsonObject } from '../../contracts/json.ts';
import type { Verdict } from '../../contracts/report.ts';

/** What a page says, apart from how it is shown. All text is plain: it is escaped where it is written. */
export interface Page {
  readonly title: string;
  /** Whose page it is: `flight-delays 1`. */
  readonly subtitle?: string;
  readonly verdict?: Verdict;
  /** Right below the title: the question and its answer. */
  readonly lead: readonly string[];
  readonly sections: readonly Section[];
}

/** Paragraphs first, then charts, tables, text as it is, and sections below it. */
export interface Section {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  readonly charts?: readonly Chart[];
  readonly tables?: readonly Table[];
  /** Another document, shown letter by letter. */
  readonly verbatim?: string;
  /** Closed until a reader opens it. */
  readonly folded?: boolean;
  readonly sections?: readonly Section[];
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Each as long as `columns`. The first cell of a row names the row. */
  readonly rows: readonly (readonly Cell[])[];
  /** Titles between the rows; `before` is the index of the row that follows. */
  readonly groups?: readonly { readonly before: number; readonly title: string }[];
  /** Shown open, however long it is. */
  readonly open?: boolean;
}

export type Cell =
  | string
  | { readonly verdict: Verdict }
  | { readonly code: string }
  /** A word or number, and less important words below it. */
  | { readonly text: string; readonly note: string }
  /** To a place on the page, a file beside it, or the web; other addresses are shown as text. */
  | { readonly text: string; readonly href: string };

export interface Chart {
  readonly title: string;
  /** What one sees in it, in a sentence or two, for those who cannot. */
  readonly description: string;
  /** A Vega-Lite specification with its data in it. Every number in it is finite. */
  readonly spec: ChartSpec;
  /** The same data for readers of text. */
  readonly data: Table;
}

export type ChartSpec = JsonObject;

/** A chart as SVG, or why there is none. */
export type Drawing = { readonly svg: string } | { readonly problem: string };

/** Every chart of a page, in the order in which it is shown. */
export function chartsOf({ sections }: Pick<Page, 'sections'>): Chart[] {
  return sections.flatMap(({ charts = [], sections: below = [] }) => [
    ...charts,
    ...chartsOf({ sections: below }),
  ]);
}
