"""What an artifact says about itself: its header and the fields it expects."""

from typing import Any, Literal, NamedTuple, Self

type Scalar = str | int | float | bool
type Task = Literal["regression", "binary", "multiclass"]
type Rule = Literal["impute", "reject"]
type FeatureType = Literal["int", "float", "bool", "category", "text", "timestamp", "id"]


class Feature(NamedTuple):
    """One request field: `values` are the known categories, empty when open or not a category.

    `min` and `max` bound a number, both inclusive.
    """

    name: str
    type: FeatureType
    values: tuple[str, ...] = ()
    nullable: bool = True
    min: float | None = None
    max: float | None = None


class Rules(NamedTuple):
    """How a request is answered that holds what training never saw, and how much is captured."""

    unseen: Rule = "impute"
    out_of_range: Rule = "impute"
    missing: Rule = "impute"
    capture: float = 1.0


class Signature(NamedTuple):
    """The ordered fields a row has; a row may leave out only the nullable ones."""

    features: tuple[Feature, ...]
    rules: Rules = Rules()

    @property
    def names(self) -> tuple[str, ...]:
        """Field names in the model's order."""
        return tuple(feature.name for feature in self.features)


class Header(NamedTuple):
    """Where a model comes from, and what it answers.

    `classes` holds the labels in the model's order, typed as in the training data, and is empty
    for regression; `versions` is the training libraries' lock.
    """

    pipeline: str
    dataset_version: str
    contract_version: str
    task: Task
    target: str
    classes: tuple[Scalar, ...]
    signature: Signature
    versions: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The header as JSON types."""
        features = [feature._asdict() for feature in self.signature.features]
        signature = {"features": features, "rules": self.signature.rules._asdict()}
        return {**self._asdict(), "signature": signature}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        """The header `to_json` made; TypeError or KeyError when fields are missing or unknown."""
        features = (
            Feature(**{**feature, "values": tuple(feature["values"])})
            for feature in fields["signature"]["features"]
        )
        rules = Rules(**fields["signature"].get("rules", {}))
        signature = Signature(tuple(features), rules)
        return cls(**{**fields, "classes": tuple(fields["classes"]), "signature": signature})
