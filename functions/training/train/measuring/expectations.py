"""How a model's expectations of losses compare with the losses of rows it had not seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.train.measuring.fringes import unlike

HELD = 0.5
FLOOR = 1e-3
TURNS = 3


def read(
    expected: np.ndarray, losses: np.ndarray, edges: Sequence[np.ndarray] = ()
) -> dict[str, Any]:
    """How expectations are to be read: by which ratio, and what that leaves open.

    Open is what a line through the test's losses would say instead, with its own covariance
    (Bayesian linear regression, weighted for errors that grow with what is expected), and by how
    much more than chance rows at the fringes of features leave the ratio.
    """
    middle = float(expected.mean())
    scale = np.maximum(expected, FLOOR * middle)
    design = np.column_stack([middle / scale, expected / scale])
    told, start = losses / scale, np.array([0.0, 1.0])
    firm = np.eye(2) / HELD**2
    noise = float(np.var(told))
    for _ in range(TURNS):
        bend = design.T @ design / noise + firm
        place = np.linalg.solve(bend, design.T @ told / noise + firm @ start)
        noise = float(np.mean((told - design @ place) ** 2))
    ratio = float(losses.mean()) / middle
    off, unit = place - [0.0, ratio], np.diag([middle, 1.0])
    open_ = np.linalg.inv(bend) + np.outer(off, off)
    open_[1, 1] += ratio**2 * _unlike(ratio * expected, losses, noise, edges)
    spread = unit @ open_ @ unit
    return {
        "ratio": ratio,
        "spread": spread.tolist(),
        "noise": noise,
    }


def _unlike(
    expected: np.ndarray, losses: np.ndarray, noise: float, edges: Sequence[np.ndarray]
) -> float:
    """The variance between fringes of the share by which their losses leave what is expected."""
    sums = [float(expected[rows].sum()) for rows in edges]
    offsets = [float(losses[rows].sum()) / s - 1 for rows, s in zip(edges, sums, strict=True)]
    squares = [float((expected[rows] ** 2).sum()) for rows in edges]
    if not offsets:
        return 0.0
    spreads = [np.array([[noise * q / s**2]]) for q, s in zip(squares, sums, strict=True)]
    return float(unlike([np.array([off]) for off in offsets], spreads)[0, 0])
