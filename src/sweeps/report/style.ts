/** The report's only style sheet, in the page itself: calm on a screen by day and night, and on paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f2ec;--card:#fffefb;--ink:#1f2624;--soft:#56605c;--line:#d9d5c9;--deep:#0e5a50;--bar:#2f7d70;--track:#ebe8de;--joint:#e3ebe4;--good:#e6f0ea;--warn:#fbf1dc;--warnink:#6b4a06;--bad:#fcefec;--badink:#9b231a}
@media screen and (prefers-color-scheme:dark){:root{--paper:#141918;--card:#1b2220;--ink:#e7ebe8;--soft:#a3aea9;--line:#37403d;--deep:#86d2c3;--bar:#5fb3a4;--track:#28312e;--joint:#22302c;--good:#1b3029;--warn:#352b14;--warnink:#f0cf8a;--bad:#3a2220;--badink:#ffa79b}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3.5rem}
footer{padding-bottom:4rem;color:var(--soft);font-size:.9rem}
h1,h2{font-family:ui-serif,"Iowan Old Style",Charter,Georgia,"Noto Serif",serif;font-weight:600;text-wrap:balance;line-height:1.2}
h1{font-size:clamp(1.75rem,5vw,2.6rem);margin:.25rem 0 1rem;letter-spacing:-.01em}
h2{font-size:1.5rem;margin:0 0 .25rem}
h3{font-size:1rem;margin:1.75rem 0 .25rem}
p{margin:0 0 1rem;max-width:44rem}
.eyebrow{margin:0;color:var(--deep);font-weight:650;letter-spacing:.02em}
.lead{font-size:1.2rem;line-height:1.55}
.soft{color:var(--soft)}
.status{display:inline-block;padding:.1rem .6rem;border:1px solid currentColor;border-radius:99px;font-size:.875rem;font-weight:650;color:var(--deep);margin-inline-end:.5rem}
.stamps{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem;margin:1.5rem 0 0;padding:0;list-style:none}
.stamp{border-radius:0 10px 10px 0;padding:.8rem 1rem;background:var(--good);border-inline-start:4px solid var(--deep)}
.stamp strong{display:block}
.stamp.warn{background:var(--warn);border-color:var(--warnink)}
.stamp.warn strong{color:var(--warnink)}
.stamp.bad{background:var(--bad);border-color:var(--badink)}
.stamp.bad strong{color:var(--badink)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem 1.5rem 1.75rem;margin:1.5rem 0}
section>p{color:var(--soft);margin-bottom:1.25rem}
.pair{display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:1.5rem 2.5rem;align-items:start}
.for-table{grid-template-columns:minmax(0,1fr) minmax(0,1.3fr);gap:1.5rem}
figure{margin:0}
.scroll{overflow-x:auto}
.scroll:focus-visible{outline:3px solid var(--deep);outline-offset:4px}
.chart{display:block;overflow:visible}
.chart text{fill:var(--ink);font-size:14px}
.chart .label{font-weight:600}
.chart .value{font-weight:600;font-variant-numeric:tabular-nums}
.chart .note{fill:var(--soft);font-weight:400;font-size:13px}
.chart .small{font-size:12.5px;font-variant-numeric:tabular-nums}
.chart .soft,.chart .wait{fill:var(--soft)}
.chart .wait{font-style:italic}
.chart .bar{fill:var(--bar)}
.chart .track{fill:var(--track)}
.chart .joint{fill:var(--joint)}
.chart .axis{stroke:var(--soft)}
.chart .thread{stroke:var(--line);stroke-width:2}
.chart .dot{fill:var(--card);stroke:var(--bar);stroke-width:2.5}
.chart .decided{fill:var(--bar)}
.timeline{min-width:24rem;padding-block:2px}
table{width:100%;border-collapse:collapse;font-size:.925rem;line-height:1.45}
caption{text-align:start;color:var(--soft);font-size:.875rem;padding:0 0 .35rem}
th,td{padding:.42rem .75rem .42rem 0;border-top:1px solid var(--line);text-align:start;vertical-align:top;font-weight:400;overflow-wrap:break-word}
code,bdi{overflow-wrap:anywhere}
th[scope=row]{min-width:7.5rem}
thead th{border-top:0;color:var(--soft);font-size:.8125rem;font-weight:600;vertical-align:bottom}
th:last-child,td:last-child{padding-inline-end:0}
.n+td:not(.n),.n+th:not(.n){padding-inline-start:1rem}
.n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .n{white-space:normal}
tfoot th,tfoot td{border-top:2px solid var(--soft);font-weight:650}
td small,th small{display:block;color:var(--soft);font-size:.8125rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.35rem 1.5rem;margin:0}
dt{color:var(--soft)}
dd{margin:0}
code,.code{font:.875em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono",monospace}
time{white-space:nowrap}
.yes{color:var(--deep);font-weight:650;white-space:nowrap}
.no{color:var(--badink);font-weight:700;white-space:nowrap}
@media screen and (max-width:52rem){.pair,.for-table{grid-template-columns:minmax(0,1fr)}header{padding-top:2rem}section{padding:1.25rem 1rem 1.5rem;border-radius:10px}time{white-space:normal}td time{display:inline-block;min-width:6.5rem}}
@media screen and (max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}.chart .note{display:none}}
@page{margin:16mm 14mm}
@media print{:root{--paper:#fff;--card:#fff}html{font-size:9pt}body{-webkit-print-color-adjust:exact;print-color-adjust:exact}header{padding-top:0}main,header,footer{max-width:none;padding-inline:0}p{max-width:none}.lead{font-size:1.15em}section{border:0;border-top:1px solid var(--line);border-radius:0;padding:1rem 0 0;margin:1.25rem 0 0}h1{font-size:20pt}h2{font-size:14pt}.stamps{grid-template-columns:repeat(3,1fr)}.stamps,.stamp,.pair,figure,tr,dl{break-inside:avoid}h2,h2+p,h3,caption,thead{break-after:avoid}p{break-inside:avoid}.for-table{display:block;break-inside:auto}.for-table figure{margin-bottom:1rem;break-inside:auto}tfoot{display:table-row-group}.scroll{overflow:visible}.timeline{min-width:0;zoom:.75}.chart text{font-size:11.5px}.chart .small,.chart .note{font-size:10.5px}}
`
