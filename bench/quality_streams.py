"""A stream of two classes for estimates of quality: chances that are off, and drift of features."""

from collections.abc import Iterator

import numpy as np

type Chunk = tuple[np.ndarray, np.ndarray]

ROWS, CHUNKS, REFERENCE = 1_000, 200, 5_000
THRESHOLD = 0.5


def reference(seed: int) -> Chunk:
    """Chances and labels of the rows that tested the model."""
    return _drawn(np.random.default_rng([seed, 0]), REFERENCE, 0.0)


def chunks(seed: int) -> Iterator[Chunk]:
    """Chances and labels of a thousand rows each, the features wandering off and back."""
    for number in range(CHUNKS):
        rng = np.random.default_rng([seed, 1, number])
        yield _drawn(rng, ROWS, 1.2 * np.sin(number / 12))


def _drawn(rng: np.random.Generator, rows: int, shift: float) -> Chunk:
    odds = rng.normal(shift, 1.5, rows)
    labels = rng.random(rows) < 1 / (1 + np.exp(0.2 - odds / 1.4))
    return 1 / (1 + np.exp(-odds)), labels.astype(int)
