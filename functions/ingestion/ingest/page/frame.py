"""The frame of a drop's profile page."""

from string import Template

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root { --ink: #14212b; --soft: #5b6b78; --paper: #fbfbf9; --card: #fff; --line: #dde3e7;
  --tide: #0b7285; --warm: #c2571a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf2; --soft: #9aabb8; --paper: #10171d; --card: #182229; --line: #2c3a44;
    --tide: #4cc3d9; --warm: #f0a070; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: .5rem 0 1rem; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
a { color: var(--tide); }
:focus-visible { outline: 2px solid var(--tide); outline-offset: 2px; }
section, article { min-width: 0; padding: 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; }
section { margin-bottom: 1rem; }
main { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); align-items: start; }
article { scroll-margin-top: 1rem; content-visibility: auto; contain-intrinsic-size: auto 24rem; }
article:target { border-color: var(--tide); }
p { margin: 0 0 .5rem; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.head { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline;
  margin-bottom: .35rem; }
.tag { padding: 0 .45rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--soft);
  font-size: .8rem; }
.warm { color: var(--warm); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .5rem;
  margin-bottom: .75rem; }
.cards b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.cards div:first-child b { color: var(--tide); }
.cards span { color: var(--soft); font-size: .85rem; }
.table { overflow-x: auto; }
table { width: 100%; margin-top: .4rem; border-collapse: collapse; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.n, th.n { padding-right: 0; padding-left: .5rem; text-align: right; white-space: nowrap; }
td.m { width: 30%; vertical-align: middle; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr));
  gap: .35rem .5rem; margin: .6rem 0 0; font-size: .875rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
details { margin-top: .6rem; font-size: .875rem; }
summary { color: var(--soft); cursor: pointer; }
nav details { margin: 0; }
nav ul { display: grid; gap: .1rem .75rem; margin: .5rem 0 0; padding: .2rem; max-height: 16rem;
  overflow: auto; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr));
  list-style: none; font-size: .875rem; }
nav li { overflow-wrap: anywhere; }
nav small { color: var(--soft); }
.chart { display: block; width: 100%; height: auto; margin-top: .6rem; }
.chart text { fill: var(--soft); font-size: 11px; }
.bar { fill: var(--tide); }
.tail { fill: var(--tide); opacity: .45; }
.axis { fill: none; stroke: var(--line); }
.share { display: block; width: 100%; height: .5rem; border-radius: .25rem;
  background: var(--line); }
.gap { fill: var(--warm); }
.row { display: grid; grid-template-columns: 1fr auto; gap: .75rem; align-items: center;
  color: var(--soft); font-size: .8rem; }
</style>
</head>
<body>
<h1>$title</h1>
$body
</body>
</html>
""")
