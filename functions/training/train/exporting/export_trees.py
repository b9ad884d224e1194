"""Trees as the artifact lays them out: nodes of 16 bytes, the likelier child's family first."""

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tidemill.artifact.forest import CODED, MISSING_LEFT, SET_WORDS

NODE = np.dtype([("value", "<f8"), ("left", "<u4"), ("feature", "<u2"), ("flags", "<u2")])


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree's nodes as parallel arrays; `leaf` says which are leaves, `weight` what rows weigh.

    `value` is a leaf's number or its place among rows of values, else a threshold or the place of
    a set.
    """

    leaf: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    value: np.ndarray
    flags: np.ndarray
    weight: np.ndarray

    def laid_out(self, width: int, offset: int) -> tuple[np.ndarray, np.ndarray]:
        """The nodes in the order they are walked, with siblings side by side; and their weights."""
        order, place = self._order()
        nodes = np.zeros(len(order), dtype=NODE)
        leaf = self.leaf[order]
        nodes["value"] = self.value[order]
        nodes["left"] = offset + np.where(leaf, np.arange(len(order)), place[self.left[order]])
        nodes["feature"] = np.where(leaf, width, self.feature[order])
        nodes["flags"] = np.where(leaf, 0, self.flags[order])
        return nodes, self.weight[order]

    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        """Old places in the new order, and new places by the old; heavy families come first."""
        left, right = self.left.tolist(), self.right.tolist()
        leaf, weight = self.leaf.tolist(), self.weight.tolist()
        order, waiting = [0], [0]
        while waiting:
            node = waiting.pop()
            if leaf[node]:
                continue
            pair = [left[node], right[node]]
            order += pair
            waiting += sorted(pair, key=lambda child: weight[child])
        place = np.zeros(len(leaf), dtype=np.int64)
        place[order] = np.arange(len(order))
        return np.array(order), place


@dataclass(slots=True)
class Layout:
    """A forest in the making, over rows of `width` cells."""

    width: int
    nodes: list[np.ndarray] = field(default_factory=list)
    weights: list[np.ndarray] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])

    def plant(self, tree: Tree) -> None:
        """Append a tree."""
        nodes, weights = tree.laid_out(self.width, self.starts[-1])
        self.nodes.append(nodes)
        self.weights.append(weights)
        self.starts.append(self.starts[-1] + len(tree.leaf))

    def spec(self, outputs: int, sets: np.ndarray, values: np.ndarray) -> dict[str, Any]:
        """The forest as the graph has it."""
        return {
            "cover": _cover(np.concatenate(self.weights)),
            "nodes": array("B", np.concatenate(self.nodes).tobytes()),
            "starts": array("I", self.starts),
            "sets": array("I", np.ascontiguousarray(sets, dtype="<u4").tobytes()),
            "values": array("d", np.ascontiguousarray(values, dtype="<f8").tobytes()),
            "outputs": outputs,
        }


def boosted(rounds: Any, width: int) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn's predictors
    """The forest of a histogram gradient boosting, a tree per output in each round."""
    layout, sets = Layout(width), [np.zeros((0, SET_WORDS), dtype="<u4")]
    planted = 0
    for tree in (tree for trees in rounds for tree in trees):
        nodes = tree.nodes
        leaf, coded = nodes["is_leaf"].astype(bool), nodes["is_categorical"].astype(bool)
        coded &= ~leaf
        value = np.where(leaf, nodes["value"], _finite(nodes["num_threshold"]))
        value[coded] = nodes["bitset_idx"][coded] + planted
        sets.append(tree.raw_left_cat_bitsets)
        planted += len(tree.raw_left_cat_bitsets)
        lost = nodes["missing_go_to_left"].astype(np.uint16) * MISSING_LEFT
        layout.plant(
            Tree(
                leaf,
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                nodes["feature_idx"].astype(np.int64),
                value,
                lost | coded.astype(np.uint16) * CODED,
                nodes["count"],
            )
        )
    return layout.spec(len(rounds[0]) if rounds else 1, np.concatenate(sets), np.zeros(0))


def bagged(estimators: Any, width: int, classes: int) -> dict[str, Any]:  # noqa: ANN401
    """The forest of a random forest or of extra trees; `classes` is 0 for regression.

    Leaves of classifiers hold the shares of classes, of which many leaves have the same.
    """
    layout = Layout(width)
    trees = [estimator.tree_ for estimator in estimators]
    leaves = [tree.children_left == -1 for tree in trees]
    shares, places = np.zeros((0, max(classes, 1))), [np.zeros(0)] * len(trees)
    if classes:
        rows = [tree.value[leaf, 0, :] for tree, leaf in zip(trees, leaves, strict=True)]
        shares, found = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
        places = np.split(found.ravel(), np.cumsum([len(r) for r in rows])[:-1])
    for tree, leaf, place in zip(trees, leaves, places, strict=True):
        value = _finite(tree.threshold)
        value[leaf] = place if classes else tree.value[leaf, 0, 0]
        flags = np.asarray(tree.missing_go_to_left).astype(np.uint16) * MISSING_LEFT
        layout.plant(
            Tree(
                leaf,
                tree.children_left,
                tree.children_right,
                tree.feature,
                value,
                flags,
                tree.weighted_n_node_samples,
            )
        )
    return layout.spec(max(classes, 1), np.zeros((0, SET_WORDS)), shares)


def _cover(weights: np.ndarray) -> "array[Any]":
    """What the training rows at each node weigh: explanations ask for it, answers do not."""
    whole = weights.astype("<u4")
    if np.array_equal(whole, weights):
        return array("I", whole.tobytes())
    return array("d", weights.astype("<f8").tobytes())


def _finite(thresholds: np.ndarray) -> np.ndarray:
    """An infinite threshold parts the missing from all numbers; the largest float does too."""
    finite: np.ndarray = np.nan_to_num(thresholds)
    return finite
