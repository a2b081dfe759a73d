"""Page style: how a page looks on a wide screen, on a phone, in the dark and on paper. Nothing is loaded for it."""

from __future__ import annotations

#: First the colours of daylight; mail programs that know no variables keep the browser's own.
_COLOURS = (
    ":root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--line:#d9dee7;--head:#f3f5f9;--link:#0b57d0;"
    "--pale:#5a6473;--box:#eaf1fd;--edge:#3b5b92;--red:#fdecea;--yellow:#fff4ce;--green:#e6f4ea;"
    "--s1:#1a5fb4;--s2:#c64600;--s3:#26a269;--s4:#813d9c;--s5:#986a44;--s6:#5e5c64}"
)
_DARK = (
    "@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--paper:#14181f;--line:#3a4250;--head:#1f2631;"
    "--link:#8ab4f8;--pale:#a9b3c1;--box:#1f2f4a;--edge:#8fb0e8;--red:#5c1f1b;--yellow:#4d3c05;--green:#173d22;"
    "--s1:#78aeed;--s2:#ff9a5c;--s3:#57e389;--s4:#dc8add;--s5:#cdab8f;--s6:#c0bfbc}}"
)
_WIDE = (
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:var(--ink);"
    "background:var(--paper);margin:0 auto;padding:24px;max-width:1280px}"
    "h1{font-size:22px;line-height:1.3}h2{font-size:17px;margin-top:28px}h3{font-size:15px;margin:20px 0 4px}"
    "p,ul{max-width:80em}"
    "table{font-size:13px}"
    "th,td{border-bottom:1px solid var(--line);padding:6px 10px;text-align:left;vertical-align:top}"
    "thead th{background:var(--head);white-space:nowrap}tbody th{font-weight:600}"
    "a{color:var(--link)}ul{padding-left:20px}nav ul{columns:16em;padding-left:18px}"
    ".chip{display:inline-block;padding:0 8px;border-radius:9px;border:1px solid var(--pale);white-space:nowrap}"
    ".chip.red{background:var(--red);border-color:#b3261e}.chip.yellow{background:var(--yellow);border-color:#8a6100}"
    ".chip.green{background:var(--green);border-color:#1e7b34}"
)
_DRAWINGS = (
    "figure{margin:12px 0}.ways{overflow-x:auto}figcaption,summary{color:var(--pale);font-size:13px}"
    "svg{display:block;height:auto;font-family:Arial,Helvetica,sans-serif}svg text{fill:var(--ink)}"
    "svg .box path,svg .box polygon,svg .end path,svg .end polygon{fill:var(--box);stroke:var(--edge)}"
    "svg .note path,svg .note polygon{fill:var(--head);stroke:var(--line)}"
    "svg .way path,svg .asked path{fill:none;stroke:var(--edge)}svg .asked path{stroke-dasharray:5,4}"
    "svg .way polygon,svg .asked polygon{fill:var(--edge);stroke:var(--edge)}"
)
#: On a phone a row is a card, and each of its cells a line with its header before it.
NARROW = (
    "body{padding:14px}thead{position:absolute;left:-9999px}table,tbody,tr,td,tbody th{display:block}"
    "tr{border:1px solid var(--line);border-radius:8px;margin:0 0 12px;padding:6px 10px}"
    "td,tbody th{border:0;padding:2px 0;white-space:normal}td{padding-left:7em}td:empty{display:none}"
    "td::before{display:inline-block;box-sizing:border-box;width:7em;margin-left:-7em;padding-right:.6em;"
    "color:var(--pale);font-weight:400}"
)
#: Paper is light whatever the screen was, has no links, and nothing on it is cut through.
_PAPER = (
    "@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#b4bac4;--head:#f3f5f9;--link:#000;"
    "--pale:#333;--box:#fff;--edge:#333;--red:#fff;--yellow:#fff;--green:#fff}"
    "body{max-width:none;padding:0;font-size:10.5pt;color:#000;background:#fff}"
    "nav,details{display:none}a{color:inherit;text-decoration:none}h2,h3{break-after:avoid}"
    "tr,figure,li{break-inside:avoid}.ways{overflow:visible}svg{max-width:100%;max-height:22cm}}"
)
STYLE = f"{_COLOURS}{_DARK}{_WIDE}{_DRAWINGS}{_PAPER}"
