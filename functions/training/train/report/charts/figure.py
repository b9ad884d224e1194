"""A chart with its legend, and the numbers it is drawn from."""

from collections.abc import Mapping
from html import escape

from training.train.report.charts.plane import MARKS
from training.train.report.elements import Html, folded, join


def figure(chart: Html, *, legend: Mapping[str, str] | None = None, numbers: Html) -> Html:
    """The chart; `legend` names what each kind of mark is, `numbers` are to be unfolded."""
    keys = "".join(f"<li>{_key(kind)}{escape(what)}</li>" for what, kind in (legend or {}).items())
    caption = f'<figcaption><ul class="legend">{keys}</ul></figcaption>' if keys else ""
    return join(Html(f"<figure>{chart}{caption}</figure>"), folded("Numbers", numbers))


def _key(kind: str) -> str:
    """A sample of a mark, such as `dot one` or `line warm`."""
    shape = kind.split(maxsplit=1)[0]
    path = f"M8,6{MARKS[shape]}" if shape in MARKS else "M0,6H16"
    if shape in {"area", "band"}:
        path = "M2,1H14V11H2z"
    sample = f'<path class="{kind}" d="{path}"/>'
    return f'<svg class="key" viewBox="0 0 16 12" aria-hidden="true">{sample}</svg>'
