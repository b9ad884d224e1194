"""Rows at the edges of what a model may be sent: where an export would first go wrong."""

import math
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact.forest import Forest
from training.train.rows.dataset import Dataset, rows_of

SAMPLE = 15
THRESHOLDS = 60
CATEGORIES = (np.nan, "", "never seen", " ", "1.0", "nan", "None")
MOMENTS = (
    np.nan,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "1900-02-28T23:59:59+23:59",
    "1969-12-31T23:59:59.5Z",
    "2000-02-29",
    "2024-02-29T00:00:00-00:30",
    "2026-03-29 02:30:00.000001+01:00",
    "2099-12-31T23",
)
TEXTS = (
    np.nan,
    "",
    "  \t\n",
    "1234567 89 0.5 -3",
    "Ünïcödé ΣΑΣ straße İstanbul 日本語 🦀🦀",
    "a b c d",
)
LONG = 12_000


def adversarial_rows(
    dataset: Dataset, graph: dict[str, Any], thresholds: int = THRESHOLDS
) -> pd.DataFrame:
    """All missing, one missing, unseen, extreme, on so many of the thresholds of splits.

    Moments are texts.
    """
    validation = dataset.validation.raw
    base = with_texts(validation.sample(min(SAMPLE, len(validation)), random_state=0), dataset)
    frames = [base.assign(**dict.fromkeys(base.columns, np.nan))]
    for name, cells in _edges(dataset).items():
        frames += [base.assign(**{name: cell}) for cell in cells]
    frames.append(_on_thresholds(base, dataset, graph, thresholds))
    merged = pd.concat([frame.astype(object) for frame in frames], ignore_index=True)
    return merged.astype(dict.fromkeys(dataset.numeric, "float64"))


def with_texts(raw: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Raw rows with their moments in ISO 8601, as requests bring them."""
    spelt = {
        name: [np.nan if row[name] is None else row[name] for row in rows_of(raw[[name]])]
        for name in dataset.moments
    }
    columns = {n: pd.Series(cells, raw.index, dtype=object) for n, cells in spelt.items()}
    return raw.assign(**columns)


def _edges(dataset: Dataset) -> dict[str, tuple[Any, ...]]:
    """Awkward cells for each feature."""
    found: dict[str, tuple[Any, ...]] = {}
    for name in dataset.numeric:
        low, high = dataset.train.raw[name].min(), dataset.train.raw[name].max()
        reach = 10 * max(high - low, 1.0)
        found[name] = (np.nan, low - reach, high + reach, 0.0, -0.0)
    words = dataset.preparation.vocabulary.words
    for name in dataset.texts:
        known = words.get(name, ["tide"])
        repeated = " ".join(known * (1 + LONG // len(" ".join(known))))
        found[name] = (*TEXTS, " ".join(known).upper(), repeated)
    found |= dict.fromkeys(dataset.categorical, CATEGORIES)
    return found | dict.fromkeys(dataset.moments, MOMENTS)


def _on_thresholds(
    base: pd.DataFrame, dataset: Dataset, graph: dict[str, Any], most: int
) -> pd.DataFrame:
    """Values on, one ulp below and one ulp above a sample of thresholds, in every number."""
    rng = np.random.default_rng(0)
    thresholds = np.unique(_thresholds(graph["model"]))
    chosen = rng.choice(thresholds, min(most, len(thresholds)), replace=False)
    values = [
        v for t in chosen for v in (math.nextafter(t, -math.inf), t, math.nextafter(t, math.inf))
    ]
    rows = base.sample(len(values), replace=True, random_state=0)
    return rows.assign(**dict.fromkeys(dataset.numeric, values))


def _thresholds(model: dict[str, Any]) -> list[float]:
    below = [*model.get("members", []), *([model["model"]] if "model" in model else [])]
    own = Forest.read(model["forest"], 1).thresholds() if "forest" in model else ()
    found = [threshold for member in below for threshold in _thresholds(member)]
    return found + [threshold for threshold in own if abs(threshold) < 1e300]
