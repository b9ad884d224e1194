"""What matters first: the metric, how it stands to the others, and what to be careful about."""

from training.train.report import figures
from training.train.report.elements import Html, join, listed, name, said
from training.train.report.findings import ROLES, Findings
from training.train.report.words import capital, compared, standing

MARKS = {"surely better": "good", "surely worse": "bad"}


def headline(found: Findings) -> Html:
    """The metric with its interval, a sentence for each rival, and what it was trained on."""
    return join(_metric(found), _standings(found), _origin(found))


def _metric(found: Findings) -> Html:
    metric, rows = found.metric, found.evaluation["rows"]["test"]
    value = found.evaluation["models"]["challenger"]["test"][metric.key]
    bounds = ((found.part("intervals") or {}).get("challenger") or {}).get(metric.key)
    surely = "Measured "
    if bounds:
        low, high = map(figures.number, bounds)
        surely = f"Between {low} and {high} with 95 % confidence, "
    return join(
        Html('<p class="hero"><b>'),
        metric.spelt(value),
        Html("</b> "),
        metric.name,
        Html("</p>"),
        said(
            f"{surely}on {rows:,} test rows that it had not seen. "
            f"{capital(metric.name)} is {metric.meaning}."
        ),
    )


def _standings(found: Findings) -> Html:
    models, metric = found.evaluation["models"], found.metric
    sentences = []
    for role in ("champion", "default", "baseline"):
        comparison = (found.part("comparisons") or {}).get(role)
        if not comparison:
            continue
        rival = (models.get(role) or {}).get("test", {}).get(metric.key)
        text = compared(comparison, rival, ROLES[role], metric)
        kind = MARKS.get(standing(comparison), "even")
        sentences.append(Html(f'<span class="{kind}">{join(text)}</span>'))
    if not models.get("champion"):
        sentences.append(
            Html('<span class="none">There is no champion yet to compare with.</span>')
        )
    return listed(sentences, "standings")


def _origin(found: Findings) -> Html:
    rows, sample = found.evaluation["rows"], found.part("sample")
    kept = len((found.part("features") or {}).get("kept") or found.part("importances") or ())
    sizes = f"{rows['train']:,} rows, checked on {rows['validation']:,}"
    if sample:
        sizes += f" (a sample of {sample['rows_of']:,})"
    features = f" by {kept:,} features" if kept else ""
    return said(
        f"A {found.evaluation['task']} model that predicts ",
        name(found.evaluation["target"]),
        f"{features}. Trained on {sizes}; dataset version ",
        name(found.evaluation["dataset_version"]),
        ".",
    )
