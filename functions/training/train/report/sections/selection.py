"""Among models that are as good as the best for all one knows, the cheapest to serve."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.elements import Card, Cell, Html, join, name, said, table
from training.train.report.findings import Findings

WIDE = 20.0
MARKS = {
    "chosen": ("diamond", "two"),
    "as good for all one knows": ("dot", "one"),
    "further behind": ("cross", "soft"),
}

type Considered = Mapping[str, Any]


def selection(found: Findings) -> Card | None:
    """How far each contender is behind the best, against what it costs to serve."""
    given = found.part("selection")
    if not given or not given.get("considered"):
        return None
    plane, chart = _chart(given, found)
    kinds = {_standing(c, given) for c in given["considered"]}
    rows: list[list[Cell]] = [
        [
            name(_named(c["name"], given)),
            figures.number(found.metric.quoted(c["loss"])),
            figures.number(c["behind"]),
            f"± {figures.number(c['standard_error'])}",
            figures.number(c["cost"]),
        ]
        for c in sorted(given["considered"], key=lambda c: c["behind"])
    ]
    head = ["contender", found.metric.name, "behind", "standard error", "cost to serve"]
    numbers = table(head, rows, about="Contenders")
    legend = {what: f"{mark} {kind}" for what, (mark, kind) in MARKS.items() if what in kinds}
    body = figure(chart, legend=legend, numbers=numbers)
    return Card("Quality and cost to serve", join(said(_words(given, plane.x.label)), body))


def _chart(given: Mapping[str, Any], found: Findings) -> tuple[Plane, Html]:
    considered: Sequence[Considered] = given["considered"]
    costs = [float(c["cost"]) for c in considered]
    log = min(costs) > 0 and max(costs) / min(costs) > WIDE
    ends = [c["behind"] + side * c["standard_error"] for c in considered for side in (-1, 1)]
    plane = Plane(
        Axis.around("cost to serve", costs, log=log),
        Axis.around(f"{found.metric.name}: behind the best", [0.0, *ends]),
    )
    drawn = [plane.line([(plane.x.low, 0.0), (plane.x.high, 0.0)], "guide")]
    for c in sorted(considered, key=lambda c: c["name"] == given["chosen"]):  # on top
        mark, kind = MARKS[_standing(c, given)]
        low, high = c["behind"] - c["standard_error"], c["behind"] + c["standard_error"]
        drawn.append(plane.line([(c["cost"], low), (c["cost"], high)], f"thin {kind}"))
        drawn.append(plane.dots([(c["cost"], c["behind"])], f"{kind} big", mark))
    about = f"{len(considered)} contenders by cost to serve; {given['chosen']} was chosen"
    return plane, plane.draw(*drawn, about=about)


def _words(given: Mapping[str, Any], cost: str) -> str:
    best, picked = given["best"], given["chosen"]
    rule = f"The rule is {given.get('rule', 'one standard error')}: "
    if best == picked:
        return rule + f"{best} is the best, and none as good costs less to serve."
    by_name = {c["name"]: c for c in given["considered"]}
    costs = [by_name[key]["cost"] for key in (best, picked) if key in by_name]
    much = (
        f", at {figures.share(costs[1] / costs[0])} of its {cost}"
        if len(costs) == 2 and costs[0]
        else ""
    )
    return rule + f"{picked} is no further behind {best}, the best, than chance explains{much}."


def _standing(considered: Considered, given: Mapping[str, Any]) -> str:
    if considered["name"] == given["chosen"]:
        return "chosen"
    return "as good for all one knows" if considered["within"] else "further behind"


def _named(key: str, given: Mapping[str, Any]) -> str:
    return f"{key} (chosen)" if key == given["chosen"] else key
