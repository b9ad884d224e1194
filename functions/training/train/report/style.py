"""What only the model report looks like."""

STYLE = """\
h1 small { display: block; color: var(--soft); font-size: .875rem; font-weight: 400; }
h2 { margin: 1.75rem 0 .6rem; font-size: 1.2rem; scroll-margin-top: .5rem; }
.cards { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.cards > * { flex: 1 1 min(100%, 23rem); }
.cards > .wide { flex-basis: 100%; }
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
th, td { padding: .3rem 0 .3rem .75rem; text-align: right; overflow-wrap: break-word; }
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
.names { columns: 10rem; }
figure { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .25rem 0 0; padding: 0;
  color: var(--soft); font-size: .8rem; list-style: none; }
.key { width: 16px; height: 12px; margin-right: .35rem; vertical-align: -1px; overflow: visible; }
.chart { max-width: 25rem; margin: 0 auto; overflow: visible; }
.chart .label { fill: var(--ink); }
.bar { display: block; width: 100%; height: .6rem; }
.whisker { display: block; width: 100%; height: 1.1rem; }
.axis { stroke: var(--soft); }
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
  article, .card { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""
