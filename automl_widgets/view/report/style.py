"""How the report looks: one style sheet, light and dark, on a screen and on paper."""

from __future__ import annotations

STYLE = """
:root{--fg:#1b1f24;--bg:#fff;--dim:#5b6570;--line:#d6dbe1;--acc:#1668b8;--other:#b4541a;--bad:#b3261e;--good:#1b7a3d;
--warn:#8a5a00;--low:#2166d1;--high:#d6264c}
@media (prefers-color-scheme:dark){:root{--fg:#e4e8ec;--bg:#15181c;--dim:#9aa4af;--line:#363d45;--acc:#6cb2f2;
--other:#f0a36b;--bad:#ff8a80;--good:#7ddc9b;--warn:#f2c14e;--low:#6ea3f5;--high:#ff6f8e}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 20px 60px;max-width:1100px;color:var(--fg);background:var(--bg);
font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:26px;margin:0 0 4px}h2{font-size:20px;margin:36px 0 10px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:16px 0 6px}p{margin:6px 0}header p{margin:2px 0}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:12px}a{color:var(--acc)}
.dim,figcaption,caption{color:var(--dim)}figcaption,caption{font-size:13px;text-align:left;max-width:70ch}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:4px 18px;margin:8px 0}
dt{color:var(--dim)}dd{margin:0}
.wide{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;font-size:13.5px}th,td{padding:3px 12px 3px 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--dim)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:14px 0}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:6px 24px}
.charts figure{margin:6px 0}
svg{max-width:100%;height:auto;font-size:11.5px;fill:var(--fg)}
.swarm{width:100%;max-width:610px}.swarm circle{fill:color-mix(in srgb,var(--high) var(--r),var(--low))}
.swarm circle.none,.dot{fill:var(--dim)}.dot{opacity:.55}
.axis,.grid{fill:none;stroke:var(--dim)}.grid{stroke:var(--line)}
svg text.title{fill:var(--dim)}.fill{fill:var(--acc)}
.line{fill:none;stroke:var(--acc);stroke-width:2}.line.other{stroke:var(--other);stroke-dasharray:5 3;stroke-width:1.5}
.line.chance{stroke:var(--dim);stroke-dasharray:2 3;stroke-width:1}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:0 14px;padding:0;margin:0;font-size:12.5px}
.legend i{display:inline-block;width:18px;margin-right:5px;vertical-align:middle;border-top:2px solid var(--acc)}
.legend .other i{border-top:2px dashed var(--other)}.legend .chance i{border-top:1px dotted var(--dim)}
.wrong{display:inline-block;min-width:2.2em;padding:0 4px;border-radius:2px;
background:color-mix(in srgb,var(--bad) var(--p),transparent)}
.mark{display:inline-block;font-size:12px;padding:0 6px;border:1px solid currentColor;border-radius:3px;
color:var(--good)}
.mark.done{color:var(--acc)}.mark.alerted{color:var(--warn)}
pre{font:12.5px/1.45 ui-monospace,monospace;overflow-x:auto;padding:12px;border:1px solid var(--line);border-radius:4px;
overflow-wrap:normal}
code{font-family:ui-monospace,monospace;font-size:.92em}
details{margin:8px 0}summary{cursor:pointer}
@media print{body{max-width:none;font-size:11px}nav{display:none}section,figure{
break-inside:avoid-page}pre{white-space:pre-wrap}}
""".strip()
