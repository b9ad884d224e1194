"""The models that whole programs are compared on, fitted once and kept as files of either side."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn import __version__ as version
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.inference import exported, generated, models

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".build" / "bench" / f"models-{version}"
ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """One pipeline of eight numbers and six categories: as joblib writes it, and as we do."""

    name: str
    joblib: Path
    artifact: Path

    @property
    def slug(self) -> str:
        """Its name in paths."""
        return self.joblib.stem


def fitted() -> list[Fitted]:
    """The three of the benchmark; made when their files are not there."""
    KEPT.mkdir(parents=True, exist_ok=True)
    found = []
    for name, model in models().items():
        slug = name.replace(" ", "-")
        each = Fitted(name, KEPT / f"{slug}.joblib", KEPT / f"{slug}.tidemill")
        if not each.joblib.exists():
            with threadpool_limits(1):
                model.fit(*generated(ROWS))
            joblib.dump(model, each.joblib)
        # The format is ours to change: an artifact of another day is no artifact.
        each.artifact.write_bytes(exported(joblib.load(each.joblib)))
        found.append(each)
    return found


def instances(rows: int) -> list[dict[str, Any]]:
    """Rows as a request brings them, none with a null: in a row alone, samples misread those."""
    found: Any = _whole(rows).to_dict("records")
    return list(found)


def expected(model: Fitted, rows: int) -> np.ndarray:
    """What scikit-learn itself answers of these rows: a column of probabilities for each class."""
    answers: np.ndarray = joblib.load(model.joblib).predict_proba(_whole(rows))
    return answers


def _whole(rows: int) -> pd.DataFrame:
    return generated(50 * rows + 100)[0].dropna().head(rows)
