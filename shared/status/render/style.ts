/** The style of every page. It is part of the page, so that a page is one file. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1f2937;--soft:#4b5563;--line:#d1d5db;--card:#f9fafb;--link:#1d4ed8;
--op:#15803d;--mt:#1d4ed8;--dg:#8a5a00;--po:#b93c0a;--mo:#b91c1c;--no:#9ca3af}
@media(prefers-color-scheme:dark){:root{--bg:#111827;--fg:#f3f4f6;--soft:#c3c9d3;--line:#374151;--card:#1b2432;--link:#93c5fd;
--op:#4ade80;--mt:#93c5fd;--dg:#fbbf24;--po:#fb923c;--mo:#fca5a5;--no:#6b7280}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:56rem;background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}
a{color:var(--link)}a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
header,footer{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;justify-content:space-between}
nav ul,.plain{list-style:none;margin:0;padding:0}nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
.soft{color:var(--soft);font-size:.9rem}p{margin:.25rem 0}
.overall,article,.problem{border:1px solid var(--line);border-left:.5rem solid var(--no);border-radius:.5rem;background:var(--card);padding:.75rem 1rem;margin:1rem 0}
.overall h2{margin:0}article h3{margin:0}
.place{border-top:1px solid var(--line);padding:.5rem 0}
.row{display:flex;align-items:baseline;flex-wrap:wrap;gap:0 1rem;justify-content:space-between}
.status{font-weight:600}.sign{width:.9em;height:.9em;vertical-align:-.05em;fill:none;stroke:currentColor;stroke-width:2.5}
input,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.35rem;padding:.35rem .75rem;max-width:100%}
input[type=email]{width:20rem}input[type=checkbox]{width:1.15rem;height:1.15rem;vertical-align:-.15rem}button{font-weight:600;cursor:pointer}
form li label{display:inline-block}form li label,summary{padding:.2rem 0;cursor:pointer}
.operational{color:var(--op);fill:var(--op);stroke:var(--op)}.under_maintenance{color:var(--mt);fill:var(--mt)}
.degraded_performance{color:var(--dg);fill:var(--dg)}.partial_outage{color:var(--po);fill:var(--po)}.major_outage{color:var(--mo);fill:var(--mo)}
.b-operational{border-left-color:var(--op)}.b-under_maintenance{border-left-color:var(--mt)}.b-degraded_performance{border-left-color:var(--dg)}
.b-partial_outage{border-left-color:var(--po)}.b-major_outage,.problem{border-left-color:var(--mo)}
svg.bar{display:block;width:100%;height:1.5rem;margin:.25rem 0}.bar path{fill:none;stroke-width:24;stroke-dasharray:4 1}.none{stroke:var(--no)}
.ends{display:flex;gap:.5rem;justify-content:space-between;text-align:center}.ends :not(:nth-child(2)){white-space:nowrap}
table{border-collapse:collapse}th,td{border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}
.scroll{overflow-x:auto}.scroll:focus-visible{outline:3px solid var(--link)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}dt{color:var(--soft)}dd{margin:0}
ol.updates{list-style:none;padding:0}ol.updates li{border-left:3px solid var(--line);padding:.1rem 0 .5rem 1rem}
pre{overflow-x:auto;background:var(--card);padding:.5rem}.words{white-space:pre-line}
.stale .overall{border-style:dashed;border-left-color:var(--no)}
@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}}
`
  .trim()
  .replaceAll(/\n/g, "");
