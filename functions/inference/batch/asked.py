"""What a batch file asks for, by its name, its object's metadata and its columns."""

from collections.abc import Mapping
from typing import get_args

from inference.batch.plan import Identifier, Output
from inference.batch.tools import MOST_COLUMNS, Limits
from tidemill.artifact import Signature
from tidemill.contract import Column, Contract, Source
from tidemill.errors import MissingColumnError, RefusedBatchError
from tidemill.landing import LandedObject
from tidemill.records import Layout
from tidemill_tabular.checking.header import require_columns
from tidemill_tabular.reading.layout import TWO_BYTES

OUTPUTS: tuple[Output, ...] = get_args(Output)
NAMES_ROWS = "id"


def require_size(landed: LandedObject, layout: Layout, limits: Limits) -> None:
    """RefusedBatchError for more bytes than are scored, or than can be where they cannot be cut."""
    if landed.size > limits.most:
        raise RefusedBatchError(
            f"the file has {landed.size} bytes, and {limits.most} are scored at most; drop several"
        )
    if (layout.packing or layout.encoding in TWO_BYTES) and landed.size > limits.whole:
        raise RefusedBatchError(
            f"what is packed or in UTF-16 cannot be cut: the file has {landed.size} bytes, and at"
            f" most {limits.whole} of such a one are scored; drop it plain, or several"
        )


def output_of(layout: Layout, metadata: Mapping[str, str]) -> Output:
    """The result's format: the one asked for, or the file's own; RefusedBatchError."""
    asked = metadata.get("output", layout.format).strip().lower()
    if asked not in OUTPUTS:
        raise RefusedBatchError(
            f"metadata output={asked[:40]!r} is no format of results; use {', '.join(OUTPUTS)}"
        )
    return asked


def result_name(file: str, output: Output) -> str:
    """The file's own name where that ends as its result does, else with the result's ending too.

    So the results of `a.csv` and of `a.tsv` are two.
    """
    return file if file.lower().endswith(f".{output}") else f"{file}.{output}"


def source_of(contract: Contract, signature: Signature) -> Source:
    """A table of the model's features: how its cells are read, and which may be missing."""
    known, imputes = contract.columns(), signature.rules.missing == "impute"
    first = next(iter(contract.sources.values()))
    columns = {
        feature.name: Column(
            type=feature.type,
            nullable=feature.nullable and imputes,
            missing=known[feature.name].missing if feature.name in known else ("",),
        )
        for feature in signature.features
    }
    return first.model_copy(update={"columns": columns, "join": ()})


def bind(layout: Layout, contract: Contract) -> Layout:
    """The layout with its columns named; without a header they stand as the contract has them.

    With the target among them or without. MissingColumnError where their number is another.
    """
    if len(layout.columns) > MOST_COLUMNS:
        raise RefusedBatchError(
            f"the file has {len(layout.columns)} columns, and {MOST_COLUMNS} are read at most"
        )
    if layout.header:
        return layout
    declared = [*next(iter(contract.sources.values())).columns]
    features = [name for name in declared if name != contract.target]
    for names in (declared, features):
        if len(names) == len(layout.columns):
            return layout.model_copy(update={"columns": tuple(names)})
    raise MissingColumnError(
        f"the file has {len(layout.columns)} columns and no header, the contract {len(declared)},"
        f" or {len(features)} without the target"
    )


def require_features(
    layout: Layout, contract: Contract, source: Source, identifier: Identifier | None
) -> None:
    """The errors of `require_columns` where the file is not one of the model's features."""
    privacy = contract.privacy
    declared = [*contract.columns(), *source.columns]
    declared += [identifier.column] if identifier else []
    private = bool(privacy.pseudonymise or privacy.drop or privacy.subject)
    require_columns(layout, source, declared, private=private)


def identifier_of(
    layout: Layout, metadata: Mapping[str, str], contract: Contract
) -> Identifier | None:
    """What names the rows: the column asked for, else one called `id`, else None: their number.

    MissingColumnError where the file has no such column, RefusedBatchError where privacy drops it.
    """
    asked = metadata.get("id")
    dropped = contract.privacy.drop
    if asked is None:
        there = NAMES_ROWS in layout.columns and NAMES_ROWS not in dropped
        return _identifier(NAMES_ROWS, contract) if there else None
    if asked in dropped:
        raise RefusedBatchError(
            f"metadata id={asked!r} names a column that the contract's privacy drops; name another"
        )
    unknown = layout.format == "jsonl" and not layout.columns
    if asked not in layout.columns and not unknown:
        raise MissingColumnError(f"{asked[:60]}: named by metadata id, not in the file")
    return _identifier(asked, contract)


def _identifier(column: str, contract: Contract) -> Identifier:
    hidden = column in contract.privacy.pseudonymise
    known = contract.columns().get(column)
    missing = known.missing if known else ("",)
    kind = known.type if known and hidden else "id"
    key = contract.privacy.key if hidden else None
    return Identifier(column=column, rules=Column(type=kind, missing=missing), key=key)
