"""The frame of the model report."""

from string import Template

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$pipeline: $target</title>
<style>
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
h1 small { display: block; color: var(--soft); font-size: .875rem; font-weight: 400; }
h2 { margin: 1.75rem 0 .6rem; font-size: 1.2rem; scroll-margin-top: .5rem; }
h3 { margin: 0 0 .35rem; font-size: 1.05rem; }
a { color: var(--tide); }
:focus-visible { outline: 2px solid var(--tide); outline-offset: 2px; }
.top, article, .box { min-width: 0; padding: 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; }
.cards { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.cards > * { flex: 1 1 min(100%, 23rem); }
.cards > .wide { flex-basis: 100%; }
p { margin: 0 0 .5rem; color: var(--soft); font-size: .9rem; }
.hero { color: var(--ink); font-size: 1.1rem; line-height: 1.2; }
.hero b { color: var(--tide); font-size: 2.25rem; font-variant-numeric: tabular-nums; }
.standings { margin: .75rem 0; padding: 0; list-style: none; font-size: 1.05rem; }
.standings li { margin: .25rem 0; }
.standings span::before { display: inline-block; width: 1.4em; content: "≈"; font-weight: 700; }
.standings .good::before { content: "▲"; }
.standings .none::before { content: "·"; }
.standings .bad::before { content: "▼"; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.even { color: var(--ink); }
.box { margin-top: 1rem; color: var(--ink); }
.box h2 { margin: 0 0 .35rem; font-size: 1.05rem; }
.box.bad { border-left: .35rem solid var(--bad); }
.box.bad h2 { color: var(--bad); }
ul { margin: 0 0 .5rem; padding-left: 1.2rem; font-size: .9rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1rem 0 0; padding: 0;
  list-style: none; }
nav a { display: block; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 2rem;
  background: var(--card); text-decoration: none; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .3rem 0 .3rem .75rem; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; overflow-wrap: break-word; }
td small { display: block; color: var(--soft); }
th { font-weight: 400; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; overflow-wrap: normal; }
th:first-child { padding-left: 0; text-align: left; min-width: 5.5rem; }
th small { display: block; color: var(--soft); }
.drawn td:nth-child(2), .drawn th:nth-child(2) { width: 34%; min-width: 5rem; text-align: center;
  vertical-align: middle; }
.words td:last-child, .words th:last-child { text-align: left; }
bdi { overflow-wrap: anywhere; }
thead bdi { overflow-wrap: break-word; }
abbr { text-decoration: none; }
.heat { display: block; padding: .2rem .4rem; border-radius: .3rem;
  background: color-mix(in srgb, var(--tide) calc(var(--p) * .4), transparent); }
.heat.none { background: none; color: var(--soft); }
.heat small { color: var(--ink); white-space: nowrap; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
  gap: .5rem .75rem; margin: .5rem 0 0; font-size: .9rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
details { margin-top: .5rem; font-size: .875rem; }
summary { padding: .2rem 0; color: var(--soft); cursor: pointer; }
.names { columns: 10rem; }
figure { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .25rem 0 0; padding: 0;
  color: var(--soft); font-size: .8rem; list-style: none; }
.key { width: 16px; height: 12px; margin-right: .35rem; vertical-align: -1px; overflow: visible; }
.chart { display: block; width: 100%; max-width: 25rem; height: auto; margin: 0 auto;
  overflow: visible; }
.chart text { fill: var(--soft); font-size: 11.5px; }
.chart .label { fill: var(--ink); }
.bar { display: block; width: 100%; height: .6rem; }
.whisker { display: block; width: 100%; height: 1.1rem; }
.axis { fill: none; stroke: var(--soft); }
.grid { fill: none; stroke: var(--line); }
.one { --c: var(--tide); }
.two { --c: var(--warm); }
.three { --c: var(--moss); }
.four { --c: var(--plum); }
.soft, .guide, .faint { --c: var(--soft); }
svg .good { --c: var(--good); }
svg .bad { --c: var(--bad); }
.area, .square, .diamond, .up { fill: var(--c); }
.band { fill: var(--tide); opacity: .18; }
.faint { opacity: .3; }
.line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
.thin { stroke-width: 1.5; }
.guide { stroke-width: 1.5; stroke-dasharray: 4 4; }
.dot { fill: none; stroke: var(--c); stroke-width: 4; stroke-linecap: round; opacity: .6; }
.dot.big, .key .dot { stroke-width: 7; opacity: .9; }
.cross { fill: none; stroke: var(--c); stroke-width: 1.5; }
.s1 { opacity: .2; } .s2 { opacity: .4; } .s3 { opacity: .6; } .s4 { opacity: .8; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .8rem; }
@media (max-width: 30rem) {
  .drawn td:nth-child(2), .drawn th:nth-child(2) { width: 24%; min-width: 3.5rem; }
  .drawn th:first-child { min-width: 7rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 12px; }
  nav { display: none; }
  article, .top, .box { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
</style>
</head>
<body>
<header>
<h1><small>Model report</small>$pipeline: $target</h1>
<div class="top">$headline</div>
$warnings
</header>
<nav aria-label="Contents"><ul>$contents</ul></nav>
<main>
$body
</main>
</body>
</html>
""")
