"""The page: what is told, and in which order."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from string import Template
from typing import Any

import numpy as np

from tidemill.page import page
from training.train.report.elements import Card, Html, join
from training.train.report.findings import Findings
from training.train.report.sections import (
    calibration,
    classes,
    comparisons,
    inside,
    learning,
    regression,
    run,
    search,
    selection,
    slices,
    thresholds,
)
from training.train.report.sections.headline import headline
from training.train.report.sections.warnings import warnings
from training.train.report.style import STYLE

type Part = Callable[[Findings], Card | None]

GROUPS: Mapping[str, Sequence[Part]] = {
    "How good it is": (comparisons.comparisons, comparisons.scores),
    "How it fits": (
        regression.predicted,
        regression.residuals,
        regression.by_prediction,
        thresholds.by_threshold,
        thresholds.cost,
        classes.confusion,
        thresholds.precision_recall,
        thresholds.roc,
        calibration.calibration,
        classes.per_class,
    ),
    "Where it is weak": (slices.slices, learning.learning_curve),
    "What it looks at": (inside.importances, inside.features),
    "How it was found": (search.history, selection.selection, search.chosen),
    "The run": (run.cost, run.lineage),
}
BODY = Template("""\
<header>
<h1><small>Model report</small>$name</h1>
<div class="card">$headline</div>
$warnings
</header>
<nav aria-label="Contents"><ul>$contents</ul></nav>
<main>
$groups
</main>""")


def render(evaluation: Mapping[str, Any], y: np.ndarray, outputs: np.ndarray) -> str:
    """The page for an evaluation and the model's outputs on the test rows.

    What an evaluation does not have is left out.
    """
    found = Findings(evaluation, y, outputs)
    groups = {
        title: [card for part in parts if (card := part(found))] for title, parts in GROUPS.items()
    }
    told = {title: cards for title, cards in groups.items() if cards}
    name = f"{evaluation['pipeline']}: {evaluation['target']}"
    body = BODY.substitute(
        name=escape(name),
        headline=headline(found),
        warnings=warnings(found),
        contents=_contents(list(told)),
        groups="\n".join(_group(title, cards) for title, cards in told.items()),
    )
    return page(name, style=STYLE, body=body)


def _contents(titles: Sequence[str]) -> Html:
    return join(*(Html(f'<li><a href="#{_anchor(t)}">{escape(t)}</a></li>') for t in titles))


def _group(title: str, cards: Sequence[Card]) -> Html:
    anchor = _anchor(title)
    head = Html(f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{escape(title)}</h2>')
    return join(head, Html('<div class="cards">'), *map(_card, cards), Html("</div></section>"))


def _card(card: Card) -> Html:
    anchor, kind = f"card-{_anchor(card.title)}", ' class="wide"' if card.wide else ""
    title = f'<h3 id="{anchor}">{escape(card.title)}</h3>'
    return Html(f'<article aria-labelledby="{anchor}"{kind}>{title}{card.body}</article>')


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower()).strip("-")
