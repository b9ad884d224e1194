"""The frame of the model report."""

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
body { margin: 0; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
h1 { max-width: 70rem; margin: .5rem auto 1rem; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
section { min-width: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; }
p { margin: 0 0 .5rem; color: var(--soft); font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .5rem;
  margin-bottom: .75rem; }
.cards b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.cards div:first-child b { color: var(--tide); }
.cards span { color: var(--soft); font-size: .85rem; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
svg { display: block; width: 100%; height: auto; max-width: 34rem; }
svg text { fill: var(--soft); font-size: 11px; }
.axis { fill: none; stroke: var(--line); }
.dot { fill: var(--tide); opacity: .55; }
.bar { fill: var(--tide); }
.curve { fill: none; stroke: var(--warm); stroke-width: 2; }
.guide { fill: none; stroke: var(--soft); stroke-dasharray: 4 4; }
</style>
</head>
<body>
<h1>$title</h1>
<main>$body</main>
</body>
</html>
""")
