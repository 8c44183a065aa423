/** Colours by name, for the style and for charts. Each pair has a contrast of 4.5 or more with its background, light and dark. */
export const inks = {
  ink: ['#1b2430', '#e6e9ee'],
  faint: ['#556070', '#a4adba'],
  grid: ['#dfe3e8', '#343c48'],
  paper: ['#ffffff', '#14181e'],
  panel: ['#f5f7f9', '#1c222a'],
  first: ['#0b62b8', '#6db3ff'],
  second: ['#b3470b', '#ff9f66'],
  third: ['#0a7265', '#4fd0bd'],
  pass: ['#0f7038', '#6fdc98'],
  fail: ['#b3202a', '#ff8f8f'],
  inconclusive: ['#8a5a00', '#f0c060'],
  error: ['#6d3fb0', '#c9a9ff'],
} as const;

export type Ink = keyof typeof inks;

/** A colour that follows the reader's light or dark; what knows no variables gets the light one. */
export const ink = (name: Ink): string => `var(--${name}, ${inks[name][0]})`;

const names = Object.keys(inks) as Ink[];
const variables = (side: 0 | 1): string => names.map((name) => `--${name}:${inks[name][side]}`).join(';');

/** The style of every page. */
export const pageStyle = `
:root{${variables(0)}}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
@media print{:root{${variables(0)}}nav{display:none}details::details-content{content-visibility:visible}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;overflow-wrap:break-word}
main{max-width:70rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 .8rem}
h2{font-size:1.3rem;margin:2.4rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--grid)}
h3{font-size:1.1rem;margin:1.6rem 0 .5rem}
h4,h5,h6{font-size:1rem;margin:1.2rem 0 .4rem}
p{max-width:46rem;margin:.5rem 0}
a{color:var(--first)}
.subtitle{color:var(--faint);margin:0}
.lead{font-size:1.1rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding:0;margin:1.2rem 0 0}
.verdict{display:inline-block;white-space:nowrap;font-size:.875rem;font-weight:600;line-height:1.4;padding:0 .5rem;border:1.5px solid currentColor;border-radius:.5rem;vertical-align:.1em}
h1 .verdict{font-size:1.1rem;margin-left:.3rem}
.pass{color:var(--pass)}.fail{color:var(--fail)}.inconclusive{color:var(--inconclusive)}.error{color:var(--error)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,28rem),1fr));gap:1rem;margin:1rem 0;align-items:start}
figure{margin:0;padding:1rem;background:var(--panel);border-radius:.6rem;min-width:0}
figcaption{font-weight:600;margin-bottom:.5rem}
.drawing svg{display:block;width:100%;height:auto}
.note,.problem{color:var(--faint);font-size:.9rem;margin:.5rem 0}
details{font-size:.9rem}
summary{cursor:pointer;color:var(--faint)}
.folded{font-size:inherit;margin:.4rem 0}
.folded>summary>*{display:inline;color:var(--ink)}
table{border-collapse:collapse;max-width:100%;min-width:min(100%,24rem);margin:1rem 0;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--faint);font-size:.9rem;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--grid)}
thead th{font-weight:600;color:var(--faint);font-size:.9rem}
tbody th{font-weight:600}
.number{text-align:right;white-space:nowrap}
small{display:block;color:var(--faint);font-size:.8em;font-weight:400}
.group th{padding-top:1.1rem;color:var(--faint)}
.wide{font-size:.8rem;line-height:1.35}
.wide thead th{font-size:.8rem;vertical-align:bottom}
.wide th,.wide td{padding-right:.6rem}
pre{overflow:auto;max-height:30rem;padding:1rem;background:var(--panel);border-radius:.6rem;white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.table{overflow-x:auto;margin:1rem 0}
.table table{margin:0}
code.short{white-space:nowrap}
code{overflow-wrap:anywhere;font:.85em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:40rem){
main{padding:1rem 1rem 3rem}
h1{font-size:1.4rem}
figure{padding:.8rem}
table,tbody,tr,th,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{padding:.45rem 0;border-bottom:1px solid var(--grid)}
th,td{border:0;padding:.1rem 0;overflow-wrap:anywhere}
td{display:inline-block;margin-right:1rem}
td:empty{display:none}
td::before{content:attr(data-label) " ";color:var(--faint);font-size:.9em}
td small,th small{display:inline;margin-left:.3rem}
.wide{font-size:.9rem}
.number{text-align:left;white-space:normal}
}
`;
