"""The model report: every part that has data, nothing unescaped, nothing from elsewhere."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.pages import Page
from training.train.report import render

type Told = tuple[dict[str, Any], np.ndarray, np.ndarray]
type Telling = Callable[..., Told]

EVIL = "<script>alert('x')</script>&\"$body${target}"
NEWER = [
    "unit",
    "training",
    "delivered",
    "intervals",
    "slices",
    "learning_curve",
    "suspects",
    "serving",
    "selection",
    "features",
    "sample",
    "decision",
    "calibration",
    "per_class",
    "confusion",
    "imbalance",
    "champion_dataset_version",
    "notes",
]
EVERYWHERE = {
    "Against the others",
    "All metrics",
    "Slices",
    "Learning curve",
    "Importances",
    "Features",
    "The search",
    "Quality and cost to serve",
    "What was chosen",
    "What it took",
    "Where it comes from",
}
OF_TASK = {
    "regression": {"Predicted and actual", "Errors", "Errors by prediction"},
    "binary": {
        "The threshold",
        "What errors cost",
        "Confusion",
        "Precision and recall",
        "ROC",
        "Calibration",
        "Class by class",
    },
    "multiclass": {"Confusion", "Calibration", "Class by class"},
}


def titles(page: Page) -> set[str]:
    return {text for tag, text in page.texts if tag == "h3"}


def read(told: Told) -> Page:
    return Page(render(*told))


def test_everything_told_has_its_part(told: Told) -> None:
    """Each finding of a task is on the page."""
    assert titles(read(told)) == EVERYWHERE | OF_TASK[told[0]["task"]]


def test_old_evaluation_has_a_page(bare: Told) -> None:
    """What an evaluation does not have is left out, and no error."""
    found = titles(read(bare))

    assert found <= EVERYWHERE | OF_TASK[bare[0]["task"]]
    absent = {"Slices", "Learning curve", "Features", "Quality and cost to serve"}
    assert not found & (absent | {"Class by class", "What errors cost"})


@pytest.mark.parametrize("key", NEWER)
def test_any_part_may_be_absent(told: Told, key: str) -> None:
    """Each part of an evaluation may be missing alone, or be none."""
    evaluation, y, outputs = told
    less = {k: v for k, v in evaluation.items() if k != key}

    assert render(less, y, outputs) == render(less | {key: None}, y, outputs)


def test_page_needs_nothing_from_elsewhere(told: Told) -> None:
    """No network, no script, no handler; links lead to the page itself."""
    page = render(*told)
    reader = Page(page)

    assert not re.search(r"https?:|url\(|@import|javascript:", page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {t for t, _ in reader.tags}
    assert not [a for _, attributes in reader.tags for a in attributes if a.startswith("on")]
    assert not [a for _, attributes in reader.tags for a in attributes if a == "src"]
    identities = [str(a["id"]) for _, a in reader.tags if "id" in a]
    assert len(identities) == len(set(identities))
    targets = [str(link["href"]) for link in reader.all("a")]
    assert targets
    assert {target.removeprefix("#") for target in targets} <= set(identities)


def test_page_can_be_heard(told: Told) -> None:
    """Landmarks, headings in order, a name for every part and every chart, headers in tables."""
    reader = read(told)

    tags = [tag for tag, _ in reader.tags]
    assert all(tags.count(landmark) == 1 for landmark in ("header", "nav", "main", "h1"))
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    identities = {a["id"] for _, a in reader.tags if "id" in a}
    for part in reader.all("section") + reader.all("article"):
        assert part["aria-labelledby"] in identities
    for chart in reader.all("svg"):
        assert chart.get("aria-hidden") == "true" or (
            chart["role"] == "img" and chart["aria-label"]
        )
    assert all(header.get("scope") in {"col", "row"} for header in reader.all("th"))
    assert all(region["aria-label"] for region in reader.all("div") if "role" in region)


def test_charts_have_their_numbers(told: Told) -> None:
    """Beside each chart stands a table of what it shows."""
    page = render(*told)

    for figure in re.finditer(r"<figure>.*?</figure>(.{40})", page):
        assert figure[1].startswith("<details><summary>Numbers")


def test_first_comes_what_matters(told: Told) -> None:
    """The metric with its interval, the rivals in words, and what to be careful about."""
    text = read(told).text

    places = [
        text.index(phrase)
        for phrase in (
            "with 95 % confidence",
            "Perhaps better than the champion",
            "Surely better than default boosting",
            "Surely better than the baseline",
            "Be careful",
            "The best so far",
            "Trained on a sample that fits in 4,096 MB: 2,923 of 90,000,000 rows.",
            "Surely worse than the champion where sex is infant (61 rows).",
            "shell_weight alone predicts the target",
            "Noted",
            "more rows would hardly help",
            "How good it is",
        )
    ]
    assert places == sorted(places)


def test_no_champion_is_said(bare: Told) -> None:
    """A first model says that there is none to compare with, and warns of nothing."""
    text = read(bare).text

    assert "There is no champion yet" in text
    assert "Be careful" not in text


def test_worse_than_a_rival_is_a_warning(bare: Told) -> None:
    """A model that is surely worse than the default says so at the top."""
    evaluation = bare[0]
    worse = {"difference": -0.1, "low": -0.2, "high": -0.05, "probability_better": 0.0}
    evaluation["comparisons"]["default"] = worse

    text = read(bare).text

    assert text.index("Surely worse than default boosting.") < text.index("How good it is")


def test_hostile_names_stay_text(told: Told) -> None:
    """Markup in names of columns, classes, values and notes is shown, and never obeyed."""
    evaluation, y, outputs = told
    spoilt = spoil(evaluation)
    if spoilt["classes"]:
        spoilt["classes"] = [EVIL + str(k) for k, _ in enumerate(evaluation["classes"])]
        names = dict(zip(evaluation["classes"], spoilt["classes"], strict=True))
        y = np.array([names[label] for label in y.tolist()], dtype=object)

    reader = read((spoilt, y, outputs))

    assert "script" not in {tag for tag, _ in reader.tags}
    assert EVIL in reader.text
    assert reader.text.count("$body") == reader.text.count("${target}")


def spoil(found: Any) -> Any:  # noqa: ANN401 - JSON
    """The same document with a hostile name wherever a name may stand."""
    named = {"pipeline", "target", "column", "value", "name", "label", "best", "chosen", "positive"}
    if isinstance(found, dict):
        return {
            (EVIL if k in {"shell_weight", "diameter", "family"} else k): EVIL
            if k in named and isinstance(v, str)
            else spoil(v)
            for k, v in found.items()
        }
    if isinstance(found, list):
        return [EVIL if v == "shell_weight" else spoil(v) for v in found]
    return found


def test_page_stays_small(tasks: Mapping[str, Telling]) -> None:
    """However many rows, trials and features there are, a page is a few hundred kilobytes."""
    for task, telling in tasks.items():
        evaluation, y, outputs = telling(60_000)
        trials = evaluation["search"]["trials"]
        evaluation["search"]["trials"] = [t | {"trial": k} for k, t in enumerate(trials * 33)]
        many = {f"feature_{k}": 1.0 / (k + 1) for k in range(5000)}
        evaluation["importances"] = many
        evaluation["features"] = {"kept": list(many), "left_out": dict.fromkeys(many, "no help")}

        page = render(evaluation, y, outputs)

        assert len(page.encode()) < 400_000, task
        assert "4,800 more that are not told here" in page


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_few_rows_have_a_page(tasks: Mapping[str, Telling], rows: int) -> None:
    """A handful of test rows is enough, and warned of."""
    for telling in tasks.values():
        evaluation, y, outputs = telling()
        evaluation["rows"] = evaluation["rows"] | {"test": rows}

        page = render(evaluation, y[:rows], outputs[:rows])

        assert f"Only {rows} test row" in page


def test_constant_predictions_have_a_page(tasks: Mapping[str, Telling]) -> None:
    """A model that always answers the same is drawn like any other."""
    for telling in tasks.values():
        evaluation, y, outputs = telling()
        same = np.broadcast_to(outputs[:1], outputs.shape).copy()

        assert titles(Page(render(evaluation, y, same)))


def test_label_that_the_model_never_saw(tasks: Mapping[str, Telling]) -> None:
    """A test row of another class is no class's, and no error."""
    evaluation, y, outputs = tasks["multiclass"]()
    del evaluation["per_class"]
    y = y.copy()
    y[:3] = "new"

    assert "of 397 test rows are answered rightly" in read((evaluation, y, outputs)).text


def test_far_values_do_not_squeeze_the_chart(tasks: Mapping[str, Telling]) -> None:
    """One absurd prediction lies at the edge, is told of, and the rest keep their place."""
    evaluation, y, outputs = tasks["regression"]()
    outputs = outputs.copy()
    outputs[0] = 1e9

    text = read((evaluation, y, outputs)).text

    assert "1 row lies beyond the edges and is drawn there" in text


def test_threshold_is_told_in_words(tasks: Mapping[str, Telling]) -> None:
    """What the chosen threshold means is a sentence with both shares."""
    text = read(tasks["binary"]()).text

    assert "From 0.2 on (chosen for what errors cost), the answer is yes" in text
    assert "A false positive costs 1, a false negative 5" in text


def test_confusion_without_counts_is_counted(tasks: Mapping[str, Telling]) -> None:
    """Where the counts are not told, they are those of the threshold."""
    evaluation, y, outputs = tasks["binary"]()
    counts = evaluation.pop("confusion")["counts"]

    page = render(evaluation, y, outputs)

    for count in (count for row in counts for count in row):
        assert f'">{count:,}<small>' in page


def test_many_classes_are_told_by_their_mistakes(tasks: Mapping[str, Telling]) -> None:
    """A matrix of very many classes is a list of what is taken for what."""
    evaluation, *_ = tasks["multiclass"]()
    rng = np.random.default_rng(0)
    classes = [f"class {k}" for k in range(40)]
    outputs = rng.dirichlet(np.ones(40), 500)
    y = rng.choice(np.array(classes, dtype=object), 500)
    scores = {name: m and {"test": m["test"]} for name, m in evaluation["models"].items()}

    reader = read((evaluation | {"classes": classes, "models": scores}, y, outputs))

    assert " is taken for " in reader.text
    assert "Confusion matrix" not in {a.get("aria-label") for a in reader.all("div")}


def test_metric_is_in_its_unit(tasks: Mapping[str, Telling]) -> None:
    """Errors of numbers are told in the target's unit."""
    assert re.search(r"1\.\d+ years", read(tasks["regression"]()).text)
