"""What every page that Tidemill writes shares: one document, for a phone or a desk, light or dark.

It needs no network and no script.
"""

from html import escape
from string import Template

STYLE = """\
:root { --ink: #14212b; --soft: #5b6b78; --paper: #fbfbf9; --card: #fff; --line: #dde3e7;
  --tide: #0b7285; --warm: #b84f14; --moss: #4d7c0f; --plum: #7c4dbb; --good: #2b7a3f;
  --bad: #b3261e; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6edf2; --soft: #9aabb8; --paper: #10171d; --card: #182229; --line: #2c3a44;
    --tide: #4cc3d9; --warm: #f0a070; --moss: #a3c960; --plum: #bda0ea; --good: #7fce93;
    --bad: #ff9a8f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h2, h3 { margin: 0 0 .35rem; font-size: 1.05rem; }
a { color: var(--tide); }
:focus-visible { outline: 2px solid var(--tide); outline-offset: 2px; }
article, .card { min-width: 0; padding: 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; }
p { margin: 0 0 .5rem; color: var(--soft); font-size: .9rem; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); vertical-align: top; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr));
  gap: .4rem .6rem; margin: .5rem 0 0; font-size: .875rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
details { margin-top: .5rem; font-size: .875rem; }
summary { padding: .2rem 0; color: var(--soft); cursor: pointer; }
.chart { display: block; width: 100%; height: auto; }
.chart text { fill: var(--soft); font-size: 11.5px; }
.axis { fill: none; stroke: var(--line); }
.ends { display: flex; justify-content: space-between; gap: 1rem; color: var(--soft);
  font-size: .75rem; }
"""
FRAME = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$style</style>
</head>
<body>
$body
</body>
</html>
""")


def page(title: str, *, style: str, body: str) -> str:
    """The document of HTML: `title` as text, the page's own `style` as CSS, `body` as HTML."""
    return FRAME.substitute(title=escape(title), style=STYLE + style, body=body)


def ends(left: str, right: str) -> str:
    """What stands below the two ends of a chart, as large on a phone as at a desk."""
    return f'<div class="ends"><span>{escape(left)}</span><span>{escape(right)}</span></div>'
