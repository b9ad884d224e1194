"""The model beside the champion, the default and the baseline, on the same test rows."""

from collections.abc import Mapping
from typing import Any

from training.train.report import figures
from training.train.report.charts.rows import whiskers
from training.train.report.elements import Card, Cell, Html, join, said, table
from training.train.report.findings import ROLES, Findings
from training.train.report.words import Metric, standing

WHAT = (
    "Default boosting is scikit-learn's gradient boosting with its own settings; "
    "the baseline looks at no feature."
)
SHORT = {
    "challenger": "this model",
    "champion": "champion",
    "default": "default",
    "baseline": "baseline",
}
KINDS = {"surely better": "good", "surely worse": "bad"}


def comparisons(found: Findings) -> Card | None:
    """How much better than each rival, with the interval of the difference."""
    metric = found.metric
    told = found.part("comparisons") or {}
    given = {role: told[role] for role in ROLES if told.get(role)}
    if not given:
        return None
    drawn = whiskers(
        [(c["low"], c["difference"], c["high"]) for c in given.values()],
        at=0.0,
        kinds=[KINDS.get(standing(c), "one") for c in given.values()],
    )
    rows: list[list[Cell]] = [
        [
            ROLES.get(role, role),
            chart,
            _with_interval(figures.signed(c["difference"]), c["low"], c["high"]),
            _chance(c),
        ]
        for (role, c), chart in zip(given.items(), drawn, strict=True)
    ]
    head = ["against", "worse ◂ 0 ▸ better", metric.name, "chance to be better"]
    text = (
        f"Right of the line, this model is better by so much {metric.name}; in small, bounds that "
        f"hold with 95 % confidence. {WHAT}"
    )
    chart = table(head, rows, about=f"Differences of {metric.name}", kind="drawn")
    return Card("Against the others", join(said(text), chart))


def scores(found: Findings) -> Card:
    """Every metric of every model on test, and the model's own on rows it was chosen by."""
    models = {role: m for role, m in found.evaluation["models"].items() if m}
    columns = [(SHORT[role], models[role]["test"]) for role in SHORT if role in models]
    own = models["challenger"]
    columns += [(part, own[part]) for part in ("validation", "train") if part in own]
    intervals = (found.part("intervals") or {}).get("challenger") or {}
    unit = found.metric.unit
    ordered = sorted(own["test"], key=lambda key: key != found.metric.key)
    rows = [
        [
            _label(Metric(key), first=key == found.metric.key),
            _with_interval(figures.number(own["test"][key]), *intervals.get(key, ())),
            *(figures.number(scored.get(key)) for _, scored in columns[1:]),
        ]
        for key in ordered
    ]
    head: list[Cell] = ["metric", *(title for title, _ in columns)]
    text = "On the test rows; validation and train are of the same recipe, on rows not learnt from."
    note = f" RMSE and mean absolute error are in {unit}." if unit and not found.classes else ""
    return Card("All metrics", join(said(text + note), table(head, rows, about="All metrics")))


def _chance(comparison: Mapping[str, Any]) -> str:
    """The share of resamples that were won; all of some hundred is not always."""
    part, sure = comparison["probability_better"], 0.999
    if part > sure:
        return f"> {figures.share(sure)}"
    return figures.share(part) if part >= 1 - sure else f"< {figures.share(1 - sure)}"


def _label(metric: Metric, *, first: bool) -> Html:
    text = f'<abbr title="{join(metric.meaning)}">{join(metric.name)}</abbr>'
    return Html(f"<b>{text}</b>" if first else text)


def _with_interval(text: str, *bounds: float) -> Html:
    """A number, and below it the bounds that hold with 95 % confidence."""
    if not bounds:
        return Html(text)
    return Html(f"{text}<small>{figures.span(*bounds)}</small>")
