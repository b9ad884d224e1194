"""Classes: each one's metrics, and which is taken for which."""

import numpy as np

from training.train.report import figures
from training.train.report.elements import (
    Card,
    Cell,
    Html,
    Rows,
    join,
    listed,
    long_table,
    name,
    said,
    spelt,
    table,
)
from training.train.report.findings import Findings

WIDE, WIDEST, CONFUSED, SHOWN = 5, 12, 8, 15
SCORES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
}
TREATMENTS = {
    "none": "nothing was done about it",
    "weights": "rare classes weigh more in training",
    "oversample": "rows of rare classes were repeated in training",
    "undersample": "rows of the other classes were left out of training",
}


def per_class(found: Findings) -> Card | None:
    """Every metric that a class has of its own."""
    given = found.part("per_class")
    if not given:
        return None
    rows: list[list[Cell]] = [
        [name(row["label"]), f"{row['rows']:,}", *(figures.number(row.get(key)) for key in SCORES)]
        for row in given
    ]
    text = said("Each class against all others.", _imbalance(found))
    body = long_table(["class", "rows", *SCORES.values()], rows, SHOWN, about="Metrics by class")
    return Card("Class by class", join(text, body), wide=True)


def _imbalance(found: Findings) -> Cell:
    told = found.part("imbalance") or {}
    if not told.get("share") or len(told.get("tried", ())) < 2:
        return ""
    treatment = str(told.get("treatment", "none"))
    done = TREATMENTS.get(treatment, treatment)
    share = figures.share(told["share"])
    return join(" The rarest is ", name(told["rarest"]), f", {share} of the rows: {done}.")


def confusion(found: Findings) -> Card | None:
    """Which class is taken for which, at the chosen threshold; few classes as a matrix."""
    if not found.classes:
        return None
    labels, counts = _counts(found)
    right, total = int(np.trace(counts)), int(counts.sum())
    text = f"{right:,} of {total:,} test rows are answered rightly"
    if found.threshold is not None:
        at = figures.number(found.threshold)
        text += f"; the answer is {found.positive} from a probability of {at} on"
    parts: list[Cell] = [said(text + ".")]
    if len(labels) > 2:
        parts.append(_mistakes(labels, counts))
    if len(labels) <= WIDEST:
        head: list[Cell] = ["actual ▾ answered ▸", *map(name, labels)]
        parts.append(table(head, _matrix(labels, counts), about="Confusion matrix"))
    return Card("Confusion", join(*parts), wide=WIDE < len(labels) <= WIDEST)


def _counts(found: Findings) -> tuple[list[str], np.ndarray]:
    given = found.part("confusion")
    if given:
        return list(map(spelt, given["labels"])), np.array(given["counts"], dtype=int)
    codes, answers, width = found.codes, found.answers, len(found.classes)
    counts = np.zeros((width, width), dtype=int)
    np.add.at(counts, (codes[codes >= 0], answers[codes >= 0]), 1)
    return list(map(spelt, found.classes)), counts


def _matrix(labels: list[str], counts: np.ndarray) -> Rows:
    for label, row in zip(labels, counts.tolist(), strict=True):
        of = max(sum(row), 1)
        yield [name(label), *(_cell(count, count / of) for count in row)]


def _cell(count: int, part: float) -> Html:
    if not count:
        return Html('<span class="heat none">0</span>')
    return Html(
        f'<span class="heat" style="--p:{part * 100:.0f}%">{count:,}'
        f"<small>{figures.share(part)}</small></span>"
    )


def _mistakes(labels: list[str], counts: np.ndarray) -> Html:
    """The most frequent mistakes, in words."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:CONFUSED].tolist()
    found = [(k // len(labels), k % len(labels)) for k in order]
    return listed(_mistake(labels, counts, a, b) for a, b in found if wrong[a, b])


def _mistake(labels: list[str], counts: np.ndarray, actual: int, answered: int) -> Html:
    count = int(counts[actual, answered])
    rows, part = figures.counted(count, "row"), figures.share(count / int(counts[actual].sum()))
    return join(
        name(labels[actual]),
        " is taken for ",
        name(labels[answered]),
        f": {rows}, {part} of its rows",
    )
