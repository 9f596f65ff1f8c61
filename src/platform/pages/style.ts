import { sha256 } from '../hash.js'

/** One style sheet in the page itself: nothing else is loaded, so nothing can be missing or tracked. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f2ec;--card:#fffefb;--ink:#1f2624;--soft:#56605c;--line:#d9d5c9;--field:#fff;--deep:#0e5a50;--deeper:#0a463e;--on:#fff;--bad:#a1281f;--badbg:#fcefec;--good:#e9f3ee}
@media (prefers-color-scheme:dark){:root{--paper:#151a19;--card:#1d2422;--ink:#e9ece8;--soft:#a5afaa;--line:#39423f;--field:#151a19;--deep:#7fd0bf;--deeper:#a2dfd2;--on:#0d1f1b;--bad:#ff9d90;--badbg:#3a2220;--good:#1c302a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Hiragino Sans","Noto Sans JP","Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem 3rem}
.brand{margin:0 0 1.25rem;color:var(--soft);font-weight:600;letter-spacing:.01em}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;text-wrap:balance}
h2{font-size:1.125rem;line-height:1.35;margin:2rem 0 .5rem}
p{margin:0 0 1rem}
.soft,.hint{color:var(--soft)}
.hint{font-size:.925rem;margin:.25rem 0 0}
ul,ol{margin:0 0 1rem;padding-inline-start:1.25rem}
li{margin:.25rem 0}
.field{margin:1.25rem 0 0}
label{display:block;font-weight:600;margin:0 0 .25rem}
input{width:100%;min-height:3rem;padding:.625rem .75rem;font:inherit;color:inherit;background:var(--field);border:1px solid var(--soft);border-radius:9px}
input[readonly]{border-style:dashed;color:var(--soft)}
input[aria-invalid=true]{border:2px solid var(--bad)}
.code{font:1.25rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.08em}
a{color:var(--deep)}
button,.button{display:block;width:100%;min-height:3.125rem;margin-top:1.5rem;padding:.75rem 1rem;font:inherit;font-weight:650;color:var(--on);background:var(--deep);border:0;border-radius:9px;cursor:pointer;text-align:center;text-decoration:none}
button:hover,.button:hover{background:var(--deeper)}
:focus-visible{outline:3px solid var(--deep);outline-offset:2px}
.alert{border-inline-start:4px solid var(--bad);background:var(--badbg);padding:.75rem 1rem;border-start-end-radius:9px;border-end-end-radius:9px;margin:0 0 1.25rem}
.alert a{color:var(--bad);font-weight:600}
.alert p,.note p{margin:0}
.error{color:var(--bad);font-weight:600;margin:.375rem 0 0}
.note{background:var(--good);border-radius:9px;padding:.75rem 1rem;margin:0 0 1rem}
.qr{display:block;width:13rem;height:13rem;max-width:100%;margin:1rem auto;border-radius:9px;background:#fff}
.codes{list-style:none;padding:0;display:grid;grid-template-columns:1fr;gap:.375rem;margin:1rem 0}
.codes li{margin:0;padding:.5rem .75rem;border:1px solid var(--line);border-radius:7px;font:1rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-align:center}
footer{margin-top:1.25rem;color:var(--soft);font-size:.9rem}
@media (min-width:40rem){main{padding-top:4rem}.card{padding:2rem}}
@media print{body{background:#fff}button,.button,footer,.field{display:none}}
`

const styleHash = Buffer.from(sha256(STYLE)).toString('base64')

/** Nothing but this style sheet, the QR code, and a form that posts back to this origin. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')
