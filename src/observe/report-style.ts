/**
 * How the report in HTML looks: one column, tables and texts that fit on paper, light or dark as the reader's system is.
 * The states are told by words; colour only repeats them. Each pair of colours has a contrast of 4.5 to 1 at least.
 */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --box: #f6f8fa;
  --good: #116329; --bad: #a40e26; --warn: #7d4e00; --work: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --box: #161b22; --good: #56d364; --bad: #ff7b72; --warn: #e3b341; --work: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
h4 { margin: 1rem 0 .25rem; font-size: .9rem; }
p { margin: .5rem 0; }
a { color: var(--work); }
.soft { color: var(--soft); font-weight: normal; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.counts, .contents { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts li { padding: .1rem .7rem; border: 1px solid; border-radius: 1rem; font-weight: 600; }
.contents { gap: 1rem; }
code, pre { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { margin: .5rem 0; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--box);
  white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { padding-top: .9rem; }
.keep { white-space: nowrap; }
article { margin: 1rem 0; padding: .2rem 1rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
article > h3 { margin-top: .8rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.sides { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .5rem; margin: .5rem 0 1rem; }
.sides pre { margin: 0; }
.sides b { font-size: .85rem; color: var(--soft); }
.number-of-line { display: inline-block; min-width: 2.5em; padding-right: .8em; color: var(--soft); text-align: right; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .soft { fill: var(--soft); }
svg .rule { stroke: var(--line); }
svg .gap { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .ok { fill: var(--work); stroke: var(--work); }
svg .open { fill: var(--warn); stroke: var(--warn); }
svg .not { fill: var(--page); stroke: var(--bad); stroke-width: 1.5; }
svg .landed { fill: var(--good); }
@media screen and (max-width: 50rem) { .sides { grid-template-columns: 1fr; } body { padding: 1rem; } .scroll table { min-width: 40rem; } }
@media print {
  :root { --page: #fff; --ink: #000; --soft: #444; --line: #bbb; --box: #fff;
    --good: #116329; --bad: #a40e26; --warn: #7d4e00; --work: #0550ae; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .contents { display: none; }
  svg, .scroll table { min-width: 0; }
  tr, dl, .sides { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
}
`
