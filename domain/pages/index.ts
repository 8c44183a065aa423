/** Pages for people: what they say, and how they are written as HTML and as Markdown. Pure; adapters/pages draws their charts. */
export { notFinite } from './finite.ts';
export { pageHtml } from './html.ts';
export { pageMarkdown } from './markdown.ts';
export { chartsOf } from './page.ts';
export type { Cell, Chart, ChartSpec, Drawing, Page, Section, Table } from './page.ts';
export { chartDocuments } from './stage/stage-charts.ts';
export { stagePage } from './stage/stage-page.ts';
export type { StageFacts } from './stage/stage-page.ts';
