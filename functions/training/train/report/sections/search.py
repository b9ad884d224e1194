"""How the model was found: what was tried, and what was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.elements import Card, Cell, Html, join, name, said, table
from training.train.report.findings import Findings

MARKS = ("dot", "square", "up", "diamond")
KINDS = ("one", "two", "three", "four")
LISTED = 20
FAR = 4.0

type Trial = Mapping[str, Any]


def history(found: Findings) -> Card | None:
    """Every trial's metric in the order it was tried, by family, and the best so far."""
    trials = [t for t in found.trials if t.get("loss") is not None]
    scored = [t for t in trials if t["state"] == "complete"]
    if not scored:
        return None
    quote = found.metric.quoted
    plane = Plane(
        Axis("trial", -0.5, max(t["trial"] for t in trials) + 0.5, whole=True),
        Axis.around(
            f"{found.metric.name}, cross-validated", _near([quote(t["loss"]) for t in trials])
        ),
    )
    drawn, legend = _marks(trials, plane, found)
    best = _best(scored, found)
    drawn.append(plane.steps([*best, (plane.x.high, best[-1][1])], "guide"))
    legend["best so far"] = "line guide"
    about = (
        f"{found.metric.name} of {len(trials):,} trials; the best is {figures.number(best[-1][1])}"
    )
    chart = plane.draw(*drawn, about=about)
    return Card(
        "The search",
        join(
            said(_words(found)), figure(chart, legend=legend, numbers=_best_trials(scored, found))
        ),
    )


def _marks(
    trials: Sequence[Trial], plane: Plane, found: Findings
) -> tuple[list[str], dict[str, str]]:
    """A kind of mark for each family, and one for what was stopped early; with their legend."""
    scored = [t for t in trials if t["state"] == "complete"]
    families = list(dict.fromkeys(_family(t) for t in scored))
    drawn, legend = [], {}
    for k, family in enumerate(families):
        mark, kind = MARKS[k % len(MARKS)], KINDS[k % len(KINDS)]
        kin = [t for t in scored if _family(t) == family]
        drawn.append(plane.dots(_points(kin, found), f"{kind} big", mark))
        legend[family] = f"{mark} {kind}"
    pruned = [t for t in trials if t["state"] != "complete"]
    if pruned:
        drawn.append(plane.dots(_points(pruned, found), "soft", "cross"))
        legend["stopped early"] = "cross soft"
    return drawn, legend


def _family(trial: Trial) -> str:
    return str(trial["params"].get("family", "model"))


def chosen(found: Findings) -> Card | None:
    """What the model is made of."""
    members = (found.part("chosen") or {}).get("members")
    if not members:
        return None
    total = sum(m["weight"] for m in members)
    rows: list[list[Cell]] = [
        [f"trial {m['trial']}", figures.share(m["weight"] / total), spelt(m["params"])]
        for m in members
    ]
    many = len(members) > 1
    text = f"A vote of {len(members)} candidates." if many else "One candidate."
    body = table(
        ["made of", "weight", "settings"], rows, about="What the model is made of", kind="words"
    )
    return Card("What was chosen", join(said(text), body))


def spelt(values: Mapping[str, Any]) -> Html:
    """Settings in one line."""
    parts = [
        join(
            str(key).replace("_", " "), " ", figures.number(v) if isinstance(v, float) else name(v)
        )
        for key, v in values.items()
    ]
    return Html(", ".join(parts))


def _points(trials: Sequence[Trial], found: Findings) -> list[tuple[float, float]]:
    return [(float(t["trial"]), found.metric.quoted(t["loss"])) for t in trials]


def _best(scored: Sequence[Trial], found: Findings) -> list[tuple[float, float]]:
    lowest = np.minimum.accumulate([t["loss"] for t in scored]).tolist()
    quote = found.metric.quoted
    return [(float(t["trial"]), quote(low)) for t, low in zip(scored, lowest, strict=True)]


def _near(values: Sequence[float]) -> list[float]:
    """Without what is far worse or better than most: it is drawn at the edge."""
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9]).tolist()
    reach = FAR * max(high - middle, middle - low)
    return [v for v in values if abs(v - middle) <= reach] or list(values)


def _words(found: Findings) -> str:
    search = found.evaluation["search"]
    text = f"Scored: {figures.counted(search['completed'], 'candidate')}"
    text += f"; stopped early: {search['pruned']:,}." if search.get("pruned") else "."
    if search.get("failed"):
        text += f" Could not be fitted: {search['failed']:,}."
    hosts = search.get("instances") or 1
    if hosts > 1:
        text += f" {hosts} hosts shared the search."
    if search.get("resumed"):
        text += " It went on after an interruption, with the same result as without."
    return text


def _best_trials(scored: Sequence[Trial], found: Findings) -> Html:
    ranked = sorted(scored, key=lambda t: (t["loss"], t["trial"]))[:LISTED]
    rows: list[list[Cell]] = [
        [f"{t['trial']}", figures.number(found.metric.quoted(t["loss"])), spelt(t["params"])]
        for t in ranked
    ]
    return table(
        ["trial", found.metric.name, "settings"], rows, about="The best trials", kind="words"
    )
