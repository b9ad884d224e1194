"""Rows at the fringes of single features, where drift leads: how unlike the rest they behave."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

SHARE, LEAST_ROWS, MOST_FEATURES = 0.1, 30, 50

type Rows = np.ndarray


def fringes(frame: pd.DataFrame) -> list[Rows]:
    """Of each number the rows with the lowest and the highest tenth; thirty of each at least.

    Codes of categories count as numbers, texts are not looked at.
    """
    share = max(SHARE, LEAST_ROWS / max(len(frame), 1))
    found = []
    for _, column in list(frame.select_dtypes("number").items())[:MOST_FEATURES]:
        cells = column.to_numpy(dtype=float)
        low, high = (
            np.nanquantile(cells, [share, 1 - share]) if np.isfinite(cells).any() else (0, 0)
        )
        if low < high:
            found += [np.flatnonzero(cells <= low), np.flatnonzero(cells >= high)]
    return found


def unlike(offsets: Sequence[np.ndarray], spreads: Sequence[np.ndarray]) -> np.ndarray:
    """The covariance of offsets from nothing that their own `spreads` do not explain.

    Offsets are vectors of a length; where nothing is left to explain, it is nothing.
    """
    apart = [np.outer(off, off) - spread for off, spread in zip(offsets, spreads, strict=True)]
    roots, ways = np.linalg.eigh(np.mean(apart, axis=0))
    found: np.ndarray = (ways * np.maximum(roots, 0.0)) @ ways.T
    return found
