// The look of the report: system fonts, two signal colours that colour-blind readers can tell
// apart (blue OK, orange-red NG; Okabe and Ito, 2008), one column on a phone, ink on paper.

#include "report/report_parts.h"

namespace paucal::report {

const std::string_view kReportStyle = R"css(
:root {
  --paper: #fff; --raised: #f6f7f8; --ink: #1c2024; --soft: #5c6670; --faint: #dfe3e7;
  --ok: #0072b2; --ng: #d55e00; --c2: #009e73; --c3: #b5568f; --c4: #4c9fd1; --c5: #8a6d00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --raised: #1d2125; --ink: #e8eaec; --soft: #9aa4ae; --faint: #343b42;
    --ok: #5fb0ea; --ng: #f58a42; --c2: #3cc79b; --c3: #e29bc0; --c4: #9ad0f5; --c5: #d8b84a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1120px; margin: 0 auto; padding: 56px 28px 96px; }
h1, h2, h3, h4, p, figure, ul, dl, dd { margin: 0; padding: 0; }
h1 { font-size: 38px; line-height: 1.15; letter-spacing: -.02em; font-weight: 650; }
h2 { font-size: 25px; letter-spacing: -.01em; font-weight: 650; margin-bottom: 24px; }
h3 { font-size: 17px; font-weight: 600; margin: 36px 0 8px; }
h2 + h3, h2 + div h3, .plots h3 { margin-top: 0; }
.kind { color: var(--soft); font-size: 14px; margin-bottom: 6px; }
.verdict { font-size: 22px; line-height: 1.45; max-width: 46em; margin-top: 18px; text-wrap: pretty; }
.remarks { color: var(--soft); margin: 14px 0 0 1.1em; max-width: 62em; }
.cards {
  display: grid; gap: 16px; margin: 36px 0 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 236px), 1fr));
}
.card { background: var(--raised); border-radius: 10px; padding: 18px 20px 20px; break-inside: avoid; }
.card h3 { font-size: 15px; font-weight: 500; color: var(--soft); margin: 0; }
.value { font-size: 34px; line-height: 1.25; font-weight: 620; letter-spacing: -.02em; }
.interval { font-size: 14px; color: var(--soft); }
.interval::before { content: "95\202f% interval "; }
.definition { font-size: 14px; line-height: 1.45; margin-top: 10px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 22px; margin-top: 36px; font-size: 15px; }
a { color: var(--ok); text-underline-offset: 3px; }
section { margin-top: 40px; padding-top: 40px; border-top: 1px solid var(--faint); }
.explanation, .note, .detail { color: var(--soft); font-size: 15px; max-width: 62em; }
.note { margin-top: 8px; font-size: 14px; }

.plots { display: grid; gap: 40px 48px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
.plots > * { max-width: 620px; min-width: 0; break-inside: avoid; }
* + .plots { margin-top: 32px; }
.plot figcaption { font-weight: 600; font-size: 17px; margin-bottom: 8px; }
.plot > svg { display: block; width: 100%; height: auto; overflow: visible; }
.plot text { font-size: 12px; fill: var(--soft); }
.plot .panel, .plot .note { fill: var(--ink); }
.plot .note, .plot .panel { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.mid { text-anchor: middle; } .end { text-anchor: end; }
.axis { stroke: var(--soft); } .grid { stroke: var(--faint); }
.diagonal { stroke: var(--soft); stroke-dasharray: 2 4; }
.threshold { stroke: var(--ink); stroke-width: 1.5; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.c0 { stroke: var(--ok); } .line.c1 { stroke: var(--ng); stroke-dasharray: 7 3; }
.line.c2 { stroke: var(--c2); stroke-dasharray: 2 2; } .line.c3 { stroke: var(--c3); stroke-dasharray: 9 3 2 3; }
.line.c4 { stroke: var(--c4); stroke-dasharray: 4 4; } .line.c5 { stroke: var(--c5); stroke-dasharray: 12 4; }
.dot { fill: var(--ok); }
.marker { fill: var(--ng); stroke: var(--paper); stroke-width: 2; }
.bar { fill: var(--ok); } .bar.ng { fill: var(--ng); }
.bar.ok, .bar.ng { opacity: .38; } .bar.bad { opacity: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 20px; list-style: none; font-size: 14px; padding-left: 12%; }
.legend svg { width: 26px; height: 8px; margin-right: 7px; vertical-align: middle; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 15px; min-width: min(100%, 340px); }
th, td { text-align: left; padding: 7px 22px 7px 0; border-bottom: 1px solid var(--faint); vertical-align: top; }
thead th { font-weight: 500; font-size: 14px; color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 600; }
.n { text-align: right; white-space: nowrap; }
.confusion td { padding: 9px 14px; min-width: 96px; border: 2px solid var(--paper); }
.confusion th.n { padding-right: 14px; }
.confusion small { display: block; color: var(--soft); font-size: 13px; }
.confusion .right { background: color-mix(in srgb, var(--ok) calc(4% + var(--share) * 26%), var(--paper)); }
.confusion .wrong { background: color-mix(in srgb, var(--ng) calc(var(--share) * 60%), var(--raised)); }

.gallery { display: grid; gap: 28px 36px; margin-top: 18px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); }
.gallery article { break-inside: avoid; min-width: 0; }
.gallery h4 { font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-top: 8px; align-items: start; }
.pictures figcaption { font-size: 13px; line-height: 1.35; color: var(--soft); margin-top: 4px; }
.zoom { display: block; cursor: zoom-in; }
.zoom input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.zoom img { display: block; width: 100%; height: auto; max-height: 240px; object-fit: contain; border-radius: 4px; object-position: left top; }
.zoom input:focus-visible + img { outline: 3px solid var(--ok); outline-offset: 2px; }
.zoom input:checked + img {
  position: fixed; inset: 0; z-index: 9; width: 100vw; height: 100vh; max-height: none; object-fit: contain; object-position: center;
  border-radius: 0; padding: 3vmin; background: rgb(0 0 0 / .9); cursor: zoom-out; image-rendering: pixelated;
}

details { margin-top: 14px; font-size: 15px; }
summary { cursor: pointer; color: var(--ok); }
details dl, .facts { margin-top: 10px; max-width: 62em; }
dt { font-weight: 600; margin-top: 8px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; font-size: 15px; }
.facts dt { margin: 0; font-weight: 500; color: var(--soft); }
.facts dd { overflow-wrap: anywhere; }
pre, code { font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--raised); border-radius: 10px; padding: 18px 20px; overflow-x: auto; margin: 10px 0 0; }
.problems { margin: 10px 0 0 1.1em; overflow-wrap: anywhere; }

@media (max-width: 560px) {
  main { padding: 28px 18px 64px; }
  h1 { font-size: 30px; }
  .verdict { font-size: 19px; }
  .cards { gap: 12px; margin-top: 28px; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 8px; }
  th, td { padding-right: 16px; }
}
@media print {
  :root {
    --paper: #fff; --raised: #f4f5f6; --ink: #000; --soft: #444; --faint: #ccc;
    --ok: #0072b2; --ng: #d55e00; --c2: #009e73; --c3: #b5568f; --c4: #4c9fd1; --c5: #8a6d00;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h2, h3, h4 { break-after: avoid; }
  .scroll, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
}
)css";

}  // namespace paucal::report
