"""What only a drop's profile page looks like."""

STYLE = """\
.card { margin-bottom: 1rem; }
main { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); align-items: start; }
article { scroll-margin-top: 1rem; content-visibility: auto; contain-intrinsic-size: auto 24rem; }
article:target { border-color: var(--tide); }
.head { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline;
  margin-bottom: .35rem; }
.head h3 { margin: 0; }
.tag { padding: 0 .45rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--soft);
  font-size: .8rem; }
.warm { color: var(--warm); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .5rem;
  margin-bottom: .75rem; }
.cards b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.cards div:first-child b { color: var(--tide); }
.cards span { color: var(--soft); font-size: .85rem; }
table { margin-top: .4rem; }
th, td { padding: .25rem .5rem .25rem 0; text-align: left; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.n, th.n { padding-right: 0; padding-left: .5rem; text-align: right; white-space: nowrap; }
td.m { width: 30%; vertical-align: middle; }
nav details { margin: 0; }
nav ul { display: grid; gap: .1rem .75rem; margin: .5rem 0 0; padding: .2rem; max-height: 16rem;
  overflow: auto; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr));
  list-style: none; font-size: .875rem; }
nav a { display: inline-block; padding: .125rem 0; }
nav small { color: var(--soft); }
.chart { margin-top: .6rem; }
.bar { fill: var(--tide); }
.tail { fill: var(--tide); opacity: .45; }
.share { display: block; width: 100%; height: .5rem; border-radius: .25rem;
  background: var(--line); }
.gap { fill: var(--warm); }
.row { display: grid; grid-template-columns: 1fr auto; gap: .75rem; align-items: center;
  color: var(--soft); font-size: .8rem; }
"""
