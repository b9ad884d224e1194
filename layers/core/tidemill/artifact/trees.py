"""Gradient-boosted trees, walked exactly as scikit-learn's histogram predictor walks them.

A tree arrives as parallel lists, one entry per node: `feature` is -1 at a leaf, children come
after their parent, `categories` maps a node to the codes that go left.
"""

from typing import Any

from tidemill.errors import ArtifactError

type Split = tuple[int, float, bool, frozenset[float] | None, "Node", "Node"]
type Node = float | Split


def grow(tree: dict[str, Any], width: int) -> Node:
    """Link a tree's lists into nested nodes; ArtifactError when they do not form a tree."""
    features, values = tree["feature"], tree["value"]
    categories = {int(node): frozenset(map(float, c)) for node, c in tree["categories"].items()}
    nodes: list[Node] = [0.0] * len(features)
    for index in reversed(range(len(features))):
        feature = features[index]
        if feature == -1:
            nodes[index] = float(values[index])
            continue
        left, right = tree["left"][index], tree["right"][index]
        if not 0 <= feature < width or not index < left < len(nodes) > right > index:
            raise ArtifactError(f"node {index} of a tree points outside the tree or its inputs")
        nodes[index] = (
            feature,
            float(tree["threshold"][index]),
            bool(tree["missing_left"][index]),
            categories.get(index),
            nodes[left],
            nodes[right],
        )
    return nodes[0]


def fall(node: Node, row: list[float]) -> float:
    """The value of the leaf a row reaches; NaN and codes below zero are missing."""
    while isinstance(node, tuple):
        feature, threshold, missing_left, codes, left, right = node
        cell = row[feature]
        if cell != cell or (codes is not None and cell < 0):
            node = left if missing_left else right
        elif codes is None:
            node = left if cell <= threshold else right
        else:
            node = left if cell in codes else right
    return node
