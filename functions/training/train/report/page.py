"""The model report: one HTML page that needs no network, for a phone or a desk, light or dark."""

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, roc_curve

from training.train.report import plots
from training.train.metrics import Scorer
from training.train.report.frame import PAGE

DOTS = 500
ROLES = {
    "challenger": "this model",
    "champion": "champion",
    "default": "default boosting",
    "baseline": "baseline",
}


def render(evaluation: Mapping[str, Any], y: np.ndarray, outputs: np.ndarray) -> str:
    """The page for an evaluation and the model's outputs on the test rows."""
    sections = [
        ("On the test rows", _headline(evaluation) + _scores(evaluation)),
        ("Against the others", _comparisons(evaluation)),
        *_fit(evaluation, y, outputs),
        ("What it looks at", _importances(evaluation)),
        ("The search", _search(evaluation)),
        ("The run", _run(evaluation)),
    ]
    body = "".join(f"<section><h2>{title}</h2>{html}</section>" for title, html in sections)
    title = escape(f"{evaluation['pipeline']}: {evaluation['target']}")
    return PAGE.substitute(title=title, body=body)


def _headline(evaluation: Mapping[str, Any]) -> str:
    metric, models = evaluation["metric"], evaluation["models"]
    cards = [
        f"<div><b>{models[role]['test'][metric]:.4g}</b><span>{metric}, {name}</span></div>"
        for role, name in ROLES.items()
        if models.get(role)
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _scores(evaluation: Mapping[str, Any]) -> str:
    models = {role: m["test"] for role, m in evaluation["models"].items() if m}
    roles = [role for role in ROLES if role in models]
    rows = [
        [metric, *(f"{models[role][metric]:.4g}" for role in roles)]
        for metric in models["challenger"]
    ]
    return _table(["metric", *(ROLES[role] for role in roles)], rows)


def _comparisons(evaluation: Mapping[str, Any]) -> str:
    rows = [
        [
            ROLES[role],
            f"{c['difference']:+.4g}",
            f"{c['low']:+.4g} to {c['high']:+.4g}",
            f"{c['probability_better']:.1%}",
        ]
        for role, c in evaluation["comparisons"].items()
        if c
    ]
    said = "<p>Above zero, this model is better; resampled over the same test rows.</p>"
    return said + _table(["against", evaluation["metric"], "95 % interval", "better"], rows)


def _fit(
    evaluation: Mapping[str, Any], y: np.ndarray, outputs: np.ndarray
) -> list[tuple[str, str]]:
    if evaluation["task"] == "regression":
        some = np.linspace(0, len(y) - 1, min(DOTS, len(y))).astype(int)
        pairs = list(zip(outputs[some].tolist(), y[some].tolist(), strict=True))
        left = [(predicted, actual - predicted) for predicted, actual in pairs]
        return [
            (
                "Predicted and actual",
                plots.scatter(pairs, x="predicted", y="actual", diagonal=True),
            ),
            ("Residuals", plots.scatter(left, x="predicted", y="actual - predicted")),
        ]
    classes = evaluation["classes"]
    codes = Scorer(evaluation["task"], classes).codes(y)
    sections = [("Confusion", _confusion(classes, codes, outputs.argmax(axis=1)))]
    if len(classes) == 2 and len(np.unique(codes)) == 2:
        false, true, _ = roc_curve(codes, outputs[:, 1])
        points = list(zip(false.tolist(), true.tolist(), strict=True))
        sections.append(
            ("ROC", plots.curve(points, x="false positive rate", y="true positive rate"))
        )
    return sections


def _confusion(classes: list[Any], codes: np.ndarray, guesses: np.ndarray) -> str:
    counts = confusion_matrix(codes, guesses, labels=range(len(classes))).tolist()
    names = [str(label) for label in classes]
    rows = [[name, *map(str, row)] for name, row in zip(names, counts, strict=True)]
    return _table(["actual, by predicted", *names], rows)


def _importances(evaluation: Mapping[str, Any]) -> str:
    said = f"<p>How much worse {evaluation['metric']} gets when a feature is shuffled.</p>"
    return said + plots.bars(list(evaluation["importances"].items())[:20])


def _search(evaluation: Mapping[str, Any]) -> str:
    scored = [t for t in evaluation["search"]["trials"] if t["state"] == "complete"]
    points = [(float(t["trial"]), float(t["loss"])) for t in scored]
    best = [(x, min(loss for _, loss in points[: k + 1])) for k, (x, _) in enumerate(points)]
    members = [
        [f"trial {m['trial']}", str(m["weight"]), _spelt(m["params"])]
        for m in evaluation["chosen"]["members"]
    ]
    chart = plots.steps(points, best, x="trial", y="loss in cross-validation")
    return chart + _table(["chosen", "weight", "parameters"], members)


def _run(evaluation: Mapping[str, Any]) -> str:
    rows = evaluation["rows"]
    facts = {
        "dataset version": evaluation["dataset_version"],
        "contract version": evaluation["contract_version"],
        "rows": ", ".join(f"{count:,} {name}" for name, count in rows.items()),
        "trials": f"{evaluation['search']['completed']} scored, "
        f"{evaluation['search']['pruned']} pruned",
        "resumed after an interruption": "yes" if evaluation["search"]["resumed"] else "no",
        "seconds": evaluation["training_seconds"],
        "largest difference from scikit-learn": evaluation["parity"]["largest_difference"],
        "seed": evaluation["seed"],
        "made with": _spelt(evaluation["versions"]),
    }
    notes = "".join(f"<li>{escape(note)}</li>" for note in evaluation["notes"])
    table = _table(["", ""], [[name, str(value)] for name, value in facts.items()])
    return table + (f"<ul>{notes}</ul>" if notes else "")


def _spelt(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in values.items()
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    header = f"<thead><tr>{top}</tr></thead>" if any(head) else ""
    return f'<div class="table"><table>{header}<tbody>{body}</tbody></table></div>'
